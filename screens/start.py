"""The start menu: begin, go on where something was left, look at what this host knows."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.asking import Ask
from screens.bundle import BundleScreen
from screens.dialogs import Confirm, Help
from screens.glyphs import Glyphs
from screens.page import Page
from screens.shell import Apply, Demo, Follow, Site, Stand
from screens.widgets.ink import Span, fit
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.proving import Proving
from wizard.bundle.signing.trust import Trust
from wizard.clusters import Cluster, clusters_here
from wizard.design.draft import Draft, KeptDraft, drafts, load, remove
from wizard.design.read_in import ReadIn, open_file
from wizard.errors import WizardError
from wizard.times import duration
from wizard.typed import typed_path

NEW = "Nothing on any node is changed before you say start. Answers are kept as you give them."
OPEN = (
    "A cluster.yaml of ours, to change it; or what another tool left: RKE1's cluster.yml, RKE2's config.yaml. "
    "The file itself is only read."
)
BUNDLE = "What is in it, who signed it, and every byte of it proven while you look on. The file itself is only read."
DEMO = "The whole wizard on machines that are only simulated: no root, no network, and nothing is left behind."
LEFT_EMPTY = "clusters that you leave half designed will stand here"
HERE_EMPTY = "clusters that are rolled out from this host will stand here"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: what it is, how it stands, what it is for, and what enter does."""

    title: str
    state: str
    about: str
    enter: Callable[[], object]
    draft: str = ""
    """The id of the draft that it goes on with."""
    run_dir: Path | None = None
    """The latest rollout of the cluster that it is about."""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under a heading; `empty` says what would be there."""

    heading: str
    entries: Sequence[Entry]
    empty: str = ""


class StartPage(Page):
    """The menu beneath all pages."""

    KEY: ClassVar[str] = "start"
    BACK: ClassVar[str] = ""
    AUTO_FOCUS = "#menu"
    KEYS = (
        ("up down", "select; enter takes it"),
        ("n o b", "new cluster; open a file; look into a bundle"),
        ("s", "a cluster of this host: how it stands now, live"),
        ("del", "forget a draft"),
        ("r", "look again at what is here"),
        ("q", "leave"),
    )
    BINDINGS = [
        Binding("n", "new", "New"),
        Binding("o", "open", "Open"),
        Binding("b", "bundle", "Bundle"),
        Binding("s", "stand", "Status"),
        Binding("delete", "forget", "Forget", key_display="del"),
        Binding("r", "look", "Look again", show=False),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._entries: dict[str, Entry] = {}

    def body(self) -> ComposeResult:
        yield OptionList(id="menu", compact=True)
        yield Static(id="about")

    def heading(self) -> str:
        return "design, check and bring up Rancher's Kubernetes"

    def path(self) -> list[Span]:
        return []

    def on_screen_resume(self) -> None:
        self.look()

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """Fill the menu by what is on this host now."""
        left: Sequence[KeptDraft] = ()
        here: Sequence[Cluster] = ()
        try:
            left, here = await asyncio.gather(asyncio.to_thread(drafts), asyncio.to_thread(clusters_here))
        except OSError as error:
            self.say(f"What is on this host can't be read: {error}", "bad")
        self._fill(
            [
                Group("Begin", self._beginnings()),
                Group("Continue", [self._draft(kept) for kept in left], LEFT_EMPTY),
                Group("What's here", [self._cluster(one) for one in here], HERE_EMPTY),
            ]
        )

    def _fill(self, groups: Sequence[Group]) -> None:
        menu = self.query_one("#menu", OptionList)
        place = menu.highlighted
        self._entries = {}
        options: list[Option] = []
        for group in groups:
            options.append(Option(Text(group.heading, style="bold"), disabled=True))
            for entry in group.entries:
                key = f"entry-{len(self._entries)}"
                self._entries[key] = entry
                options.append(Option(self._line(entry), id=key))
            if not group.entries:
                options.append(Option(Text(f"   none yet: {group.empty}"), disabled=True))
            options.append(Option("", disabled=True))
        menu.set_options(options[:-1])
        menu.highlighted = place if place is not None and place < menu.option_count else 1

    def _line(self, entry: Entry) -> Table:
        line = Table.grid(padding=(0, 2), expand=True)
        line.add_column(width=24)
        line.add_column(ratio=1)
        title = fit(f"   {self.signs.text(entry.title)}", 24, ellipsis=self.signs.ellipsis)
        line.add_row(Text(title), Text(self.signs.text(entry.state)))
        return line

    @on(OptionList.OptionHighlighted, "#menu")
    def _selected(self, event: OptionList.OptionHighlighted) -> None:
        entry = self._entries.get(event.option_id or "")
        self.refresh_bindings()
        self.query_one("#about", Static).update(Text(self.signs.lines(entry.about if entry else "")))

    @on(OptionList.OptionSelected, "#menu")
    def _taken(self, event: OptionList.OptionSelected) -> None:
        if entry := self._entries.get(event.option_id or ""):
            entry.enter()

    def _beginnings(self) -> list[Entry]:
        if site := self.wizard.site:
            return self._simulated(site)
        return [
            Entry("New cluster", "questions, design, nodes, review", NEW, self.action_new),
            Entry("Open a file", "a cluster.yaml, or a file of RKE1 or RKE2", OPEN, self.action_open),
            Entry("Look into a bundle", "what is in it, and whether it is whole", BUNDLE, self.action_bundle),
            Entry("Demo", "the same on a simulated site", DEMO, partial(self.app.exit, Demo())),
        ]

    def _simulated(self, site: Site) -> list[Entry]:
        nodes = len(site.draft.nodes_text.splitlines())
        return [
            Entry(
                "Design this site",
                f"questions, design, {nodes} simulated nodes, review",
                "All of the wizard, on machines that are only simulated. " + NEW,
                partial(self.wizard.work_on, site.draft),
            ),
            Entry(
                "Bring it up at once",
                "by the cluster.yaml that is prepared for it",
                "Goes straight to the rollout, live.",
                partial(self.app.exit, Apply(site.spec)),
            ),
        ]

    def _draft(self, kept: KeptDraft) -> Entry:
        about = "Goes on where you were. Every answer was kept."
        state = f"on the page {kept.place.screen}, {self._ago(kept.at)}"
        return Entry(kept.name, state, about, partial(self._go_on, kept.id), kept.id)

    def _cluster(self, one: Cluster) -> Entry:
        count = f", {one.done} of {one.nodes} nodes done" if one.nodes else ""
        state = f"{one.state}{count}{', ' + self._ago(one.at) if one.at else ''}"
        if one.run_dir is None:
            return Entry(
                one.cluster, state, "Nothing was rolled out yet.", partial(self.say, f"{one.cluster}: {state}")
            )
        about = "Shows its latest rollout; s how the cluster stands now."
        return Entry(one.cluster, state, about, partial(self.app.exit, Follow(one.run_dir)), run_dir=one.run_dir)

    def _ago(self, at: float) -> str:
        return f"{duration(self.wizard.now() - at)} ago"

    def _go_on(self, draft_id: str) -> None:
        try:
            self.wizard.work_on(load(draft_id))
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}", "bad")

    def action_look(self) -> None:
        self.look()

    def action_new(self) -> None:
        self.wizard.work_on(self.wizard.site.draft if self.wizard.site else Draft())

    def action_open(self) -> None:
        """Ask for a file to start from."""
        self.app.push_screen(Ask("Open which file?", OPEN, self.signs, use=_open), self._opened)

    def _opened(self, taken: ReadIn | None) -> None:
        """Go on with what was read, after saying what could not be taken over."""
        if taken and taken.notes:
            notes = [("-", note) for note in taken.notes]
            told = Help([(f"Taken for {taken.kind}. Not taken over:", notes)], self.signs)
            self.app.push_screen(told, lambda _: self.wizard.work_on(taken.draft))
        elif taken:
            self.wizard.work_on(taken.draft)

    def action_stand(self) -> None:
        """Look at the selected cluster as it runs now."""
        if (entry := self._chosen()) and entry.run_dir:
            self.app.exit(Stand(entry.run_dir))

    def action_bundle(self) -> None:
        """Ask for a bundle to look into."""
        ask = Ask("Which bundle?", BUNDLE, self.signs, use=_look_into)
        self.app.push_screen(ask, lambda proving: proving and self.app.push_screen(BundleScreen(proving, self.signs)))

    def _chosen(self) -> Entry | None:
        option = self.query_one("#menu", OptionList).highlighted_option
        return self._entries.get(option.id or "") if option else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "forget":
            entry = self._chosen()
            return entry is not None and bool(entry.draft)
        if action == "stand":
            entry = self._chosen()
            return entry is not None and entry.run_dir is not None and not self.wizard.simulated
        return super().check_action(action, parameters)

    def action_forget(self) -> None:
        """Forget the selected draft, once the operator has said yes."""
        if (entry := self._chosen()) and entry.draft:
            text = "What you answered, and the list of its nodes, is gone then. A spec that was written stays."
            ask = Confirm(f"Forget the draft of {entry.title}?", text, self.signs, yes="Forget", no="Keep")
            self.app.push_screen(ask, partial(self._forgotten, entry.draft))

    def _forgotten(self, draft: str, yes: bool | None) -> None:
        if yes:
            remove(draft)
            self.look()


def _open(path: str) -> ReadIn:
    return open_file(typed_path(path))


def _look_into(path: str) -> Proving:
    return Proving(Bundle.open(typed_path(path)), Trust.store())
