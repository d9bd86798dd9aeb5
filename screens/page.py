"""One page of the wizard: the path at its head, its body, a status line, its keys."""

from collections.abc import Sequence
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Footer, Static

from screens.dialogs import Help, Section
from screens.frame import TOO_SMALL, Frame
from screens.shell import Shell
from screens.widgets.ink import Span, cells, fit
from screens.widgets.panes import Line
from wizard.design.draft import Draft

COMMON = (
    ("esc", "back; nothing is lost, whatever you said is kept"),
    ("tab", "to the next part of the page; shift+tab to the one before"),
    ("?", "help on the field in focus: why it is asked, what it changes"),
    ("f1", "this help"),
    ("ctrl+p", "all commands by name"),
    ("ctrl+q", "leave; the next start goes on where you were"),
)


class Page(Frame):
    """A page works on `draft` by `self.wizard.change(...)` and hears of every change in `on_draft`."""

    KEY: ClassVar[str] = ""
    BACK: ClassVar[str] = "start"
    """The page that esc leads to; "" for none."""
    KEYS: ClassVar[Sequence[tuple[str, str]]] = ()
    """The keys of this page alone, for F1."""
    BINDINGS = [
        Binding("escape", "back", "Back", key_display="esc"),
        Binding("question_mark", "explain", "Help on this", key_display="?", show=False),
        Binding("f1", "help", "Help"),
    ]
    wizard = getters.app(Shell)

    def compose(self) -> ComposeResult:
        yield Line(id="title")
        with Container(id="body"):
            yield from self.body()
        yield Static(id="answer", classes="status")
        yield Footer(show_command_palette=False, compact=True)
        yield Static(TOO_SMALL, id="enlarge")

    def body(self) -> ComposeResult:
        """Yield what this page is about."""
        yield from ()

    def on_mount(self) -> None:
        self.wizard.draft_changed.subscribe(self, self._draft_changed)
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.repaint())
        self._show_title()

    def on_resize(self) -> None:
        self._show_title()

    def _draft_changed(self, draft: Draft) -> None:
        self._show_title()
        self.on_draft(draft)

    def on_draft(self, draft: Draft) -> None:
        """Show what follows from a changed draft."""

    async def repaint(self) -> None:
        """Draw anew what was painted in the colours of another theme."""

    def explain(self) -> Sequence[Section]:
        """Return the help on the field in focus; nothing means the page's own help."""
        return ()

    def action_explain(self) -> None:
        sections = self.explain()
        if sections:
            self.app.push_screen(Help(sections, self.signs))
        else:
            self.action_help()

    def action_help(self) -> None:
        self.show_help()

    def show_help(self, *more: Section) -> None:
        """Show the keys of this page and those of all, and what else there is to know."""
        here = [("On this page", tuple(self.KEYS))] if self.KEYS else []
        self.app.push_screen(Help([*here, ("Everywhere", COMMON), *more], self.signs))

    def action_back(self) -> None:
        self.wizard.goto(self.BACK)

    @property
    def left(self) -> bool:
        """True once another page stands in place of this one: what was begun beside the loop has nothing to show."""
        return self not in self.app.screen_stack

    def say(self, text: str, ink: str = "") -> None:
        if not self.left:
            super().say(text, ink)

    def action_go(self, page: str) -> None:
        """Go to another page."""
        self.wizard.goto(page)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return bool(self.BACK)
        return action != "go" or parameters[0] in self.wizard.PAGES

    def _show_title(self) -> None:
        width = self.size.width
        left: list[Span] = [(" rancher-wizard ", "muted")]
        if self.wizard.simulated:
            left.append((" simulated ", "mark"))
        path = self.path()
        name = self.signs.text(self.heading())
        room = width - cells(left) - cells(path) - 2
        left.append((fit(name, room, ellipsis=self.signs.ellipsis), "strong"))
        self.query_one("#title", Line).show([*left, (" ", ""), *path, (" ", "")])

    def heading(self) -> str:
        """Return what the page works on: the cluster's name as far as it is known."""
        answers = self.wizard.draft.answers
        return str(answers["cluster_name"]) if answers.stated("cluster_name") else "new cluster"

    def path(self) -> list[Span]:
        """Return the way through the pages, with this one marked."""
        spans: list[Span] = []
        for key, (title, _) in self.wizard.PAGES.items():
            spans += [(f" {self.signs.then} ", "muted")] if spans else []
            spans.append((f"[{title}]", "strong") if key == self.KEY else (title, "muted"))
        return spans
