"""What an operator does about findings: check again, waive, mend, take back; each on the cell that is selected."""

from collections.abc import Awaitable, Collection, Sequence
from pathlib import Path

from textual import work
from textual.binding import Binding

from screens.asking import Ask
from screens.consent import Consent
from screens.glyphs import Glyphs
from screens.matrix import MatrixScreen
from screens.widgets.finding_text import outcome_text
from wizard.checking import Checking, Outcomes
from wizard.errors import WizardError
from wizard.rollout.outline import count
from wizard.typed import typed_path

WAIVE = "It then does not count on this cluster, and the reason stands in every report. w on it again takes that back."
REPORT = "All that is known by now, with what was waived and why, as Markdown."
BUSY = "Nodes are being changed; leave when that has ended."


class MendingScreen(MatrixScreen):
    """One cell is selected: a node, and a group of checks or one of them."""

    BINDINGS = [
        Binding("r", "again('cell')", "Check again"),
        Binding("R", "again('all')", "All again", show=False),
        Binding("c", "again('column')", "Column again", show=False),
        Binding("w", "waive", "Waive"),
        Binding("m", "mend('node')", "Mend"),
        Binding("M", "mend('shown')", "Mend on all shown", show=False),
        Binding("u", "undo", "Take back", show=False),
        Binding("s", "save", "Save report", show=False),
    ]

    def __init__(self, checking: Checking, glyphs: Glyphs) -> None:
        super().__init__(checking, glyphs)
        self.changing = 0
        """How many changes of nodes are under way."""
        self._passing = False

    def chosen(self) -> tuple[str, str] | None:
        """The node and the column that are selected."""
        return None

    def shown(self) -> Sequence[str]:
        """The nodes that are listed."""
        return ()

    def say(self, text: str, ink: str = "") -> None:
        """Say something; what is neither good nor bad is about the selected cell, and goes with it."""
        self._passing = bool(text) and not ink
        super().say(text, ink)

    def moved(self) -> None:
        """Take note that another cell is selected."""
        if self._passing:
            self.say("")

    def checks_of(self, column: str) -> tuple[str, ...]:
        """The ids of the checks that a column stands for."""
        return tuple(each.id for each in self.checking.board.checks(column)) or (column,)

    def action_again(self, what: str) -> None:
        """Check again: the cell's node by its checks, the column on all nodes, or everything."""
        chosen = self.chosen()
        if what == "all":
            self.checking.run()
        elif chosen:
            nodes = None if what == "column" else [chosen[0]]
            self.checking.run(nodes=nodes, only=self.checks_of(chosen[1]))
        self.looks_changed()

    def action_waive(self) -> None:
        """Ask for the reason why the selected finding shall not count; on a waived one, let it count again."""
        chosen, board = self.chosen(), self.checking.board
        if chosen is None:
            return
        node, column = chosen
        found = list(board.waivable(node, column))
        if not found:
            self._take_waiver_back(node, column)
        elif len(found) > 1:
            self.say(f"{len(found)} findings are open here: enter shows them one by one, then w on the one meant.")
        elif found[0].stops:
            self.say(
                f"{found[0].check} must hold, so it can't be waived here. Mend it, or leave and say "
                f"--force-check {found[0].check} --reason TEXT to `check` and `apply`.",
                "warn",
            )
        else:
            self._ask_reason(node, found[0].check)

    def _take_waiver_back(self, node: str, column: str) -> None:
        try:
            back = self.checking.unwaive(node, self.checks_of(column))
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}", "bad")
            return
        self.looks_changed()
        self.say(f"{', '.join(back)} counts again on {node}." if back else "There is nothing to waive here.")

    def _ask_reason(self, node: str, check: str) -> None:
        def answered(reason: str | None) -> None:
            if reason is not None:
                self._waive(node, check, reason)

        self.app.push_screen(Ask(f"Why shall {check} not count on {node}?", WAIVE, self.signs, use=_reason), answered)

    def _waive(self, node: str, check: str, reason: str) -> None:
        try:
            self.checking.waive(node, check, reason)
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}", "bad")
            return
        self.looks_changed()
        self.say(f"{check} is waived on {node}: {reason}")

    @work(exclusive=True, group="mend")
    async def action_mend(self, where: str) -> None:
        """Show what would mend the selected cell, here or on all nodes shown, and do it on consent."""
        chosen = self.chosen()
        if chosen is None:
            return
        node, column = chosen
        offers = self.checking.offers(self.shown() if where == "shown" else [node], checks=self.checks_of(column))
        if not offers:
            self.say("The wizard has no fix of its own here: the next move is in the text.")
            return
        nodes = dict.fromkeys(offer.node for offer in offers)
        self.say(f"Asking {count(len(nodes))} what a fix would change; nothing is changed yet.")
        shown = await self.checking.preview(offers)
        self.say("")
        idle = all(each.failed or each.doing.nothing for each in shown)
        question = f"Mend this on {count(len(nodes))}?" if not idle else "There is nothing that could be done"
        if await self.app.push_screen_wait(
            Consent(question, outcome_text(shown), self.signs, yes="" if idle else "Mend")
        ):
            await self._carry_out(self.checking.mend(offers), "mended", nodes)

    @work(exclusive=True, group="mend")
    async def action_undo(self) -> None:
        """Take back what was mended on the selected node, on consent."""
        chosen = self.chosen()
        mended = self.checking.mended([chosen[0]]) if chosen else ()
        if chosen is None or not mended:
            self.say("Nothing was mended on this node, or all of it has been taken back.")
            return
        lines = [(f"{node}: {mend.title}: all of it will be as it was before", "") for node, mend in mended]
        if await self.app.push_screen_wait(Consent("Take this back?", lines, self.signs, yes="Take back")):
            await self._carry_out(self.checking.undo(mended), "taken back", [chosen[0]])

    async def _carry_out(self, act: Awaitable[Outcomes], done: str, nodes: Collection[str]) -> None:
        self.changing += 1
        try:
            outcomes = await act
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}", "bad")
            return
        finally:
            self.changing -= 1
        self.looks_changed()
        if failed := [each for each in outcomes if each.failed]:
            first = failed[0]
            self.say(f"{first.node}: {first.mend.title}: {first.failed}. {first.next_move}".strip(), "bad")
        else:
            self.say(f"{done.capitalize()} on {count(len(nodes))} and checked again; u takes it back.", "good")

    def action_save(self) -> None:
        """Ask for a file, and write the report there."""

        def write(text: str) -> Path:
            path = typed_path(text)
            self.checking.report(path)
            return path

        def written(path: Path | None) -> None:
            if path:
                self.say(f"Wrote {path}.", "good")

        self.app.push_screen(
            Ask("Write the report to which file?", REPORT, self.signs, use=write, value="checks.md"), written
        )

    def action_leave(self) -> None:
        if self.changing:
            self.say(BUSY, "warn")
        else:
            super().action_leave()


def _reason(text: str) -> str:
    """Take what was typed as a reason. Raises WizardError for none."""
    if not text.strip():
        raise WizardError("nothing was said", hint="Give a reason: it stands in the report.")
    return text.strip()
