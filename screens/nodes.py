"""The nodes: a list to type or paste, what was understood of it, and each machine tried while it is being typed."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import ClassVar, Literal

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Static, TextArea

from screens.asking import Ask
from screens.dialogs import Confirm
from screens.glyphs import Glyphs
from screens.trying import TryingPage
from screens.widgets.member_about import about, counts, notes
from screens.widgets.member_list import KINDS, MemberList
from screens.widgets.node_text import Margin, NodeText, words
from screens.widgets.panes import Line
from wizard.design.draft import Draft, NodeChange
from wizard.design.listing import Listing, listing, read_list
from wizard.design.nodes.roster import read_change
from wizard.design.nodes.tried import Tried

FRAME_S = 0.25  # four frames a second are live enough for people
QUIET_S = 0.1  # a list of thousands is read once a burst of keys is over, not after each of them
OPEN = "A list of addresses, a CSV with or without header, an Ansible inventory (INI or YAML), or ~/.ssh/config."
FIELDS: dict[str, str] = {
    "zone": "Its failure domain, such as a rack or a data centre; servers are spread over them. Empty: as listed.",
    "name": "Its name in the cluster, never changed later. Empty: as listed, or made from its address.",
}
OTHER = {"server": "agent", "agent": "server"}


class NodesPage(TryingPage):
    """The text above or beside, the table of what came of it beneath; nothing on a node is changed here."""

    KEY: ClassVar[str] = "nodes"
    BACK: ClassVar[str] = "questions"
    AUTO_FOCUS = "#text"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide"), (160, "-broad")]
    KEYS = (
        ("tab", "from the text to the table, and back by shift+tab"),
        ("enter", "in the table: go to the node's line in the text"),
        ("r", "the other role; * marks a role that was set, by you or by its line"),
        ("z n", "set the zone; set the name"),
        ("backspace", "forget what you set for the node by key"),
        ("p", "take the roles that suit the machines better; ! marks where one does"),
        ("a A", "try again: the selected node; all that are not ready"),
        ("f", "show all nodes, only those not ready, ready, servers, agents"),
        ("ctrl+o", "put a file into the text"),
        ("ctrl+t", "the table of host keys that are not known yet"),
        ("f4", "give the sudo password, or the passphrase of the key"),
        ("ctrl+n", "on to the review"),
    )
    BINDINGS = [
        Binding("ctrl+o", "open", "Open file"),
        Binding("ctrl+n", "go('review')", "Review"),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._listing: Listing | None = None
        self._wanted: Draft | None = None
        self._stale = False
        self._hints: dict[str, tuple[str, str]] = {}

    def body(self) -> ComposeResult:
        text = NodeText(self.wizard.draft.nodes_text, id="text")
        with Vertical(id="typing"):
            with Horizontal(id="list"):
                yield text
                yield Margin(text, self.signs, id="margin")
            yield Static(id="line")
        with Vertical(id="found"):
            yield Line(id="counts", classes="bar")
            yield Line(id="titles")
            yield MemberList(self.signs, id="members")
            yield Static(id="notes")
            yield Static(id="about")

    def on_mount(self) -> None:
        self._understand(self.wizard.draft)
        self.set_interval(FRAME_S, self.drain)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_titles)

    def on_draft(self, draft: Draft) -> None:
        # A page that is left hears of it as another place in the same draft.
        if self._wanted is None or replace(draft, place=self._wanted.place) != self._wanted:
            self._wanted = draft
            self._understand(draft)

    @on(TextArea.Changed, "#text")
    def _typed(self, event: TextArea.Changed) -> None:
        self.wizard.change(replace(self.wizard.draft, nodes_text=event.text_area.text))

    @work(exclusive=True, group="understand")
    async def _understand(self, draft: Draft) -> None:
        """Read the list beside the loop; what was begun for an earlier text gives way."""
        if self._listing:
            await asyncio.sleep(QUIET_S)
        found = await asyncio.to_thread(listing, draft)
        if self.left:
            return
        self._listing = found
        self.query_one(NodeText).mark(frozenset(line.number - 1 for line in found.understood.bad))
        self.query_one(Margin).show(found.understood.lines)
        self.query_one(MemberList).fill(found.roster.members)
        if trials := self.begin(draft):
            trials.update(found.understood.entries)
        _put(self.query_one("#notes", Static), Text(self.signs.lines(notes(found))))
        self._show_line()
        self._stale = True
        self.drain()

    def touched(self) -> None:
        self._stale = True

    def called(self, key: str) -> str:
        names = {member.key: member.name for member in self._listing.roster.members} if self._listing else {}
        return names.get(key, key)

    def drain(self) -> None:
        """Draw what was found on the nodes since the last frame, in one go."""
        if not self._stale or self._listing is None or self.left:
            return
        self._stale = False
        self.collect()
        self.query_one(MemberList).found(self.tried, self._hints)
        self._show_found()
        self.show_keys()
        self._weigh(self._listing, self.tried)

    @work(exclusive=True, group="weigh")
    async def _weigh(self, found: Listing, tried: dict[str, Tried]) -> None:
        """See beside the loop whether other roles would suit the machines better."""
        hints = await asyncio.to_thread(found.better, tried)
        if hints != self._hints:
            self._hints, self._stale = hints, True

    def _show_found(self) -> None:
        members = self.query_one(MemberList)
        if self._listing:
            self.query_one("#counts", Line).show(counts(self._listing, self.tried, kind=members.kind))
        self._show_titles()
        self._show_about()

    def _show_titles(self) -> None:
        self.query_one("#titles", Line).show(self.query_one(MemberList).titles())

    @on(MemberList.Picked)
    def _show_about(self) -> None:
        member = self.query_one(MemberList).member
        key = member.key if member else ""
        text = about(member, self.tried.get(key), self._hints.get(key), self.signs)
        _put(self.query_one("#about", Static), text)

    @on(TextArea.SelectionChanged, "#text")
    def _show_line(self) -> None:
        """Say in full what the line of the cursor was understood as, where the margin has no room for it."""
        at, lines = self.query_one(NodeText).cursor_location[0], self._listing.understood.lines if self._listing else ()
        line = lines[at] if at < len(lines) else None
        said = words(line, self.signs)[0] if line else ""
        wide = len(said) > self.query_one(Margin).size.width
        _put(self.query_one("#line", Static), Text(f"line {at + 1} {said}" if said and wide else ""))

    @on(MemberList.Opened)
    def _to_line(self) -> None:
        if member := self.query_one(MemberList).member:
            self.query_one(NodeText).go_to(member.line - 1)
            self.query_one(NodeText).focus()

    def action_open(self) -> None:
        """Ask for a file, and put it in place of the text or beneath it."""
        self.app.push_screen(Ask("Which file?", OPEN, self.signs, use=read_list), self._opened)

    def _opened(self, text: str | None) -> None:
        editor = self.query_one(NodeText)
        if text is None:
            return
        if not editor.text.strip():
            editor.put(text)
            return
        explanation = "Yes puts the file in place of the text, no beneath it. ctrl+z in the text takes it back."
        ask = Confirm("Replace what is there?", explanation, self.signs, yes="Replace", no="Add")
        self.app.push_screen(ask, lambda replaces: editor.put(text, replaces=bool(replaces)))

    def action_role(self) -> None:
        """Give the selected node the other role."""
        if member := self.query_one(MemberList).member:
            other = OTHER[member.role]
            self._set(member.key, role=None if member.entry.role == other else other)

    def action_field(self, field: Literal["zone", "name"]) -> None:
        """Ask for the zone or the name of the selected node."""
        if member := self.query_one(MemberList).member:
            ask = Ask(
                f"The {field} of {member.name}",
                FIELDS[field],
                self.signs,
                use=partial(_read, field),
                value=getattr(member, field),
            )
            self.app.push_screen(ask, partial(self._answered, member.key, field))

    def _answered(self, key: str, field: str, said: str | None) -> None:
        if said is not None:
            self._set(key, **{field: said or None})

    def action_forget(self) -> None:
        """Forget what was set by key for the selected node."""
        if member := self.query_one(MemberList).member:
            self.wizard.change(self.wizard.draft.changed(member.key, NodeChange()))

    def action_better(self) -> None:
        """Take the roles that suit the machines better."""
        for key, (role, _) in self._hints.items():
            self._set(key, role=role)

    def _set(self, key: str, **fields: str | None) -> None:
        draft = self.wizard.draft
        self.wizard.change(draft.changed(key, replace(draft.changes.get(key, NodeChange()), **fields)))

    def action_again(self, which: Literal["one", "all"]) -> None:
        """Try the selected node again, or all that are not ready."""
        member = self.query_one(MemberList).member
        if which == "all" or member:
            self.try_again(member.key if member and which == "one" else None)

    def action_filter(self) -> None:
        """Show the next kind of nodes."""
        members = self.query_one(MemberList)
        members.choose(KINDS[(KINDS.index(members.kind) + 1) % len(KINDS)])
        self._show_found()


def _read(field: Literal["zone", "name"], text: str) -> str:
    return read_change(field, text) or ""


def _put(place: Static, text: Text) -> None:
    """Show a text, and no empty line where there is none; the same again costs no layout."""
    if place.content != text:
        place.display = bool(text)
        place.update(text)
