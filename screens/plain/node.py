"""The list of nodes: typed, pasted or read from a file, and what was understood of it."""

from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path

from screens.plain.asker import Option, tell
from screens.plain.work import Work
from wizard.design.amount import count
from wizard.design.compose import chosen
from wizard.design.draft import NodeChange
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.names import names
from wizard.design.nodes.roles import propose
from wizard.design.nodes.understand import Understood, understand

SHOWN = 200  # nodes; more than that no one reads before going on
SIZE_LIMIT = 2 * 1024 * 1024  # bytes of a list
EXAMPLES = "10.0.0.11, ops@10.0.0.12:22, cp-1.example.com, 10.0.0.[21-40], 10.0.0.13 server zone=a, CSV, an inventory"


def ask_nodes(work: Work) -> bool:
    """Ask for the nodes until the operator goes on; False when they go back."""
    work.move("nodes")
    while True:
        understood = understand(work.draft.nodes_text)
        tell("", *_told(work, understood))
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


def _told(work: Work, understood: Understood) -> Iterator[str]:
    """Say what each node is taken for, and which lines are not understood."""
    draft = work.draft
    ranked = chosen(draft, work.recommendation)
    roles = propose(understood.entries, ranked.sizing.pools if ranked else (), changes=draft.changes)
    named = names(understood.entries, {key: one.name for key, one in draft.changes.items() if one.name})
    for entry in understood.entries[:SHOWN]:
        proposed = roles.nodes[entry.key]
        # Of agents, all would say the same.
        why = f"  {proposed.reason}" if proposed.role == "server" else ""
        yield f"  {named[entry.key]:<20} {entry.key:<18} {proposed.role}{why}"
    if len(understood.entries) > SHOWN:
        yield f"  … and {len(understood.entries) - SHOWN} more"
    for line in understood.lines:
        if line.problem:
            yield f"  ! line {line.number}: {line.text}"
            yield f"    {line.problem}"
        elif line.twice:
            yield f"  = line {line.number}: {line.note}"
    yield from (f"  ! {note}" for note in roles.notes)


def _read_file(work: Work) -> None:
    path = Path(work.asker.line("File with the list", "", _no_file)).expanduser()
    if path.is_file():
        text = path.read_bytes().decode("utf-8", errors="replace")
        work.change(replace(work.draft, nodes_text=text))


def _no_file(text: str) -> str:
    """Judge the path of a list; nothing typed goes back."""
    if not text.strip():
        return ""
    try:
        with Path(text.strip()).expanduser().open("rb") as file:
            large = len(file.read(SIZE_LIMIT + 1)) > SIZE_LIMIT
    except (OSError, ValueError, RuntimeError) as error:
        return f"{getattr(error, 'strerror', None) or 'not a usable path'}; name a file that lists the nodes"
    return "the file is larger than 2 MiB; name a list of nodes" if large else ""


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
