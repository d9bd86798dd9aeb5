"""The designs, ranked: each with its argument, its machines, its drawing and its arithmetic; enter picks one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.events import Mount, Resize
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.argument import broken, chosen, detail
from screens.glyphs import Glyphs
from screens.succeeding import KEYS as SUCCEEDING
from screens.succeeding import SucceedingPage
from screens.widgets.ink import CLASSES, Span, painted
from screens.widgets.signed import table_of
from wizard.design.amount import count
from wizard.design.design import design
from wizard.design.draft import Draft, Place
from wizard.design.recommend import Ranked, Recommendation

_NAME = 34  # cells


class Designs(OptionList):
    """All designs, the best first, each with how it stands."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def show(self, ranked: Sequence[Ranked], at: str, picked: str | None, glyphs: Glyphs, *, wide: bool) -> None:
        """List `ranked` with the one of key `at` selected; `picked` is the operator's choice.

        With `wide` the list stands beside the text, else above it.
        """
        lines = [
            Option(self._line(number, one, picked, glyphs, wide), id=one.design.key)
            for number, one in enumerate(ranked, 1)
        ]
        with self.prevent(OptionList.OptionHighlighted):
            self.set_options(lines)
            self.highlighted = [one.design.key for one in ranked].index(at)

    def _line(self, number: int, one: Ranked, picked: str | None, glyphs: Glyphs, wide: bool) -> Table:
        rules = ", ".join(refusal.rule for refusal in one.refused)
        stands: Span = (f"refused: {rules}", "bad") if rules else (count(one.sizing.machines, "machine"), "muted")
        mark = "(x)" if one.design.key == picked else "(~)" if picked is None and number == 1 else "( )"
        title, state = Text(glyphs.text(one.design.title)), painted(self, [stands], wrap=True)
        line = Table.grid(padding=(0, 1))
        if wide:
            line.add_row(mark, f"{number:>2}", Group(title, state))
        else:
            line.add_column()
            line.add_column()
            line.add_column(width=_NAME)
            line.add_row(mark, f"{number:>2}", title, state)
        return line


class Detail(VerticalScroll):
    """All that there is to say of one design."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="detail")
        self._signs = glyphs

    def compose(self) -> ComposeResult:
        yield Static(id="name")
        yield Static(id="drawing")
        yield Static(id="argument")

    def show(self, recommendation: Recommendation, one: Ranked) -> None:
        """Show `one` of a recommendation."""
        name = [(one.design.title, "strong"), (f"  {one.design.summary}", "")]
        self.query_one("#name", Static).update(painted(self, name, wrap=True))
        self.query_one("#drawing", Static).update(Text(one.diagram, no_wrap=True))
        parts: list[Text | Table] = []
        for heading, rows in detail(recommendation, one):
            parts += [Text(f"\n{heading}", style="bold"), table_of(self, rows, self._signs)]
        self.query_one("#argument", Static).update(Group(*parts))


class DesignPage(SucceedingPage):
    """Another design than the first is the operator's right; what speaks against it stays in sight."""

    KEY: ClassVar[str] = "design"
    BACK: ClassVar[str] = "questions"
    AUTO_FOCUS = "#designs"
    # The drawings take 76 columns beside the list.
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (120, "-wide")]
    KEYS = (
        ("up down", "look at another design"),
        ("enter", "build this one; on the first: whatever ranks first, also when answers change"),
        ("tab", "go to the text, to scroll it"),
        ("ctrl+n", "on to the nodes"),
        *SUCCEEDING,
    )
    BINDINGS = [Binding("ctrl+n", "go('nodes')", "Nodes")]

    def body(self) -> ComposeResult:
        yield Designs(id="designs", compact=True)
        yield Detail(self.signs)

    @on(Mount)
    def _begin(self) -> None:
        self._list(chosen(self.wizard.recommendation, self.wizard.draft.design).design.key)

    @on(Resize)
    def _resized(self) -> None:
        at = self.query_one(Designs).highlighted_option
        self._list(at.id or "" if at else "")

    def on_draft(self, draft: Draft) -> None:
        self._list(draft.place.key)

    async def repaint(self) -> None:
        self._list(self.wizard.draft.place.key)

    def _list(self, at: str) -> None:
        recommendation, picked = self.wizard.recommendation, self.wizard.draft.design
        keys = [one.design.key for one in recommendation.ranked]
        at = at if at in keys else keys[0]
        self.query_one(Designs).show(recommendation.ranked, at, picked, self.signs, wide=self.wide)
        self.query_one(Detail).show(recommendation, recommendation.of(at))
        self._tell()
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted, "#designs")
    def _selected(self, event: OptionList.OptionHighlighted) -> None:
        pane, recommendation = self.query_one(Detail), self.wizard.recommendation
        pane.show(recommendation, recommendation.of(event.option_id or ""))
        pane.scroll_home(animate=False)

    @on(OptionList.OptionSelected, "#designs")
    def _picked(self, event: OptionList.OptionSelected) -> None:
        key = event.option_id or ""
        first = key == self.wizard.recommendation.ranked[0].design.key
        place = Place(self.KEY, key)
        self.wizard.change(replace(self.wizard.draft, design=None if first else key, place=place))

    def _tell(self) -> None:
        """Keep in sight what is chosen, and what is refused about it."""
        recommendation = self.wizard.recommendation
        one = chosen(recommendation, self.wizard.draft.design)
        how = "your choice" if self.wizard.draft.design else "ranked first"
        said = f"To be built: {one.design.title} ({how})."
        rules = ", ".join(refusal.rule for refusal in broken(recommendation, one))
        if rules:
            self.say(f"{said} It is refused by a hard rule: {rules}. Change an answer, or the design.", "bad")
        elif one.design.successor:
            self.say(f"{said} It has ended; u takes its successor, {design(one.design.successor).title}.", "warn")
        else:
            self.say(said)
