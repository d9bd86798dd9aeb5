"""The list of nodes: typed, pasted or read from a file, and what was understood of it."""

from collections.abc import Iterator, Set
from dataclasses import replace

from screens.plain.asker import Option, tell
from screens.plain.work import Work
from wizard.design.amount import count
from wizard.design.draft import NodeChange
from wizard.design.listing import Listing, listing, read_list
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.understand import Understood, understand
from wizard.errors import WizardError

SHOWN = 200  # nodes; more than that no one reads before going on
EXAMPLES = "10.0.0.11, ops@10.0.0.12:22, cp-1.example.com, 10.0.0.[21-40], 10.0.0.13 server zone=a, CSV, an inventory"


def ask_nodes(work: Work) -> bool:
    """Ask for the nodes until the operator goes on; False when they go back."""
    work.move("nodes")
    while True:
        listed = listing(work.draft)
        understood = listed.understood
        tell("", *_told(listed))
        match work.asker.pick("Nodes", _options(understood), "on" if understood.entries else "type"):
            case "type":
                text = work.asker.lines(f"One a line, in any form: {EXAMPLES}", work.draft.nodes_text)
                work.change(replace(work.draft, nodes_text=text))
            case "file":
                _read_file(work)
            case "set":
                _set_one(work, understood)
            case "back":
                return False
            case _:
                return True


def _options(understood: Understood) -> list[Option]:
    options = [Option("type", "Type or paste the list"), Option("file", "Read it from a file")]
    if understood.entries:
        bad = f", without {count(len(understood.bad), 'bad line')}" if understood.bad else ""
        options.insert(0, Option("on", f"Go on with {count(len(understood.entries), 'node')}{bad}"))
        options.append(Option("set", "Set the name, role or zone of one"))
    return [*options, Option("back", "Back")]


def _told(listed: Listing) -> Iterator[str]:
    """Say what each node is taken for, and which lines are not understood."""
    for member in listed.roster.members[:SHOWN]:
        # Of agents, all would say the same.
        why = f"  {member.reason}" if member.role == "server" else ""
        yield f"  {member.name:<20} {member.key:<18} {member.role}{why}"
    if (more := len(listed.roster.members) - SHOWN) > 0:
        yield f"  … and {more} more"
    for line in listed.understood.lines:
        if line.problem:
            yield f"  ! line {line.number}: {line.text}"
            yield f"    {line.problem}"
        elif line.twice:
            yield f"  = line {line.number}: {line.note}"
    yield from (f"  ! {note}" for note in listed.roster.notes)


def _read_file(work: Work) -> None:
    name = work.asker.line("File with the list", "", _no_file)
    if name.strip():
        work.change(replace(work.draft, nodes_text=read_list(name)))


def _no_file(name: str) -> str:
    """Judge the path of a list; nothing typed goes back."""
    try:
        if name.strip():
            read_list(name)
    except WizardError as error:
        return f"{error.message}; {error.hint}"
    return ""


def _set_one(work: Work, understood: Understood) -> None:
    text = "Its address, and what is to be set, as in: 10.0.0.11 name=cp-1 role=server zone=a"

    known = {entry.key for entry in understood.entries}
    if entry := _one(understand(work.asker.line(text, "", lambda line: _no_change(line, known)))):
        before = work.draft.changes.get(entry.key, NodeChange())
        change = NodeChange(entry.name or before.name, entry.role or before.role, entry.zone or before.zone)
        work.change(work.draft.changed(entry.key, change))


def _no_change(line: str, known: Set[str]) -> str:
    """Judge what is to be set for a node; nothing typed sets nothing."""
    said = understand(line)
    if said.bad:
        return said.bad[0].problem
    entry = _one(said)
    if line.strip() and (entry is None or entry.key not in known):
        return "is no node of the list; begin with one of its addresses"
    return ""


def _one(said: Understood) -> NodeEntry | None:
    return said.entries[0] if len(said.entries) == 1 else None
