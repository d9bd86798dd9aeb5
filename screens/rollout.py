"""The rollout, live: every node, the log of one of them, and the operator's keys."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Static

from screens import words
from screens.dialogs import Confirm
from screens.feed import Feed
from screens.frame import TOO_SMALL
from screens.glyphs import Glyphs
from screens.node import NodeScreen
from screens.searching import COPY, HELP, NEXT, PREVIOUS, SEARCH, LogScreenBase
from screens.themes import Themed
from screens.widgets import headline
from screens.widgets.nodes import KINDS, NodeList
from screens.widgets.panes import FailurePane, Line, LogPane
from wizard.errors import WizardError
from wizard.rollout.whereabouts import NodeProgress

FRAME_S = 0.25  # four frames a second are live enough for people
WATCH_S = 1.0
PREDICT_S = 5.0  # the predicted end is worked out this often


class RolloutScreen(LogScreenBase):
    """All that is shown is folded from the journal; all that is asked for goes through the control socket."""

    AUTO_FOCUS = "#nodes"
    BINDINGS = [
        Binding("p", "pause", "Pause"),
        Binding("p", "resume", "Resume"),
        Binding("r", "retry", "Retry"),
        Binding("s", "skip", "Skip"),
        Binding("b", "put_back", "Put back"),
        Binding("a", "abort", "Abort"),
        Binding("f", "filter", "Filter"),
        SEARCH,
        NEXT,
        PREVIOUS,
        COPY,
        Binding("full_stop", "follow", "Follow", show=False),
        Binding("escape", "back", "Back", show=False),
        Binding("d", "detach", "Detach"),
        HELP,
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, feed: Feed, glyphs: Glyphs) -> None:
        super().__init__(feed, glyphs)
        self._noticed = ""
        self._behind = False
        self._answered = False  # whether the status line holds what the engine said to a key
        self._keys: tuple[object, ...] = ()
        self._predicted = (float("-inf"), 0.0)  # when, and how many seconds were left

    def compose(self) -> ComposeResult:
        with Vertical(id="head"):
            yield Line(id="title")
            yield Line(id="stages")
            yield Line(id="bar")
        with Container(id="body"):
            with Vertical(id="list"):
                yield Line(id="counts", classes="bar")
                yield NodeList(self.feed.progress, self.signs, id="nodes")
            with Vertical(id="detail"):
                yield FailurePane(self.signs, id="failed")
                yield LogPane(self.signs, id="log-pane")
        yield Static(id="notice", classes="status")
        yield Static(id="answer", classes="status")
        yield Footer(show_command_palette=False, compact=True)
        yield Static(TOO_SMALL, id="enlarge")

    def on_mount(self) -> None:
        self.say("")
        self.set_interval(FRAME_S, self.drain)
        self.watch_engine()
        self.drain()

    def chosen(self) -> NodeProgress | None:
        return self.feed.node(self.query_one(NodeList).selected)

    def focus_home(self) -> None:
        self.query_one(NodeList).focus()

    def drain(self) -> None:
        """Draw everything that happened since the last frame, in one go."""
        try:
            more = self.feed.take()
        except WizardError as error:
            self.say(f"Part of the journal can't be shown: {error}", "warn")
            more = True
        touched, self.feed.progress.touched = self.feed.progress.touched, set()
        with self.app.batch_update():
            nodes = self.query_one(NodeList)
            nodes.drain(touched, self._clock())
            if nodes.selected in touched:
                self._show_chosen()
            self._show_head()
        if more and not self._behind:
            self._behind = True
            self.set_timer(FRAME_S / 10, self._catch_up)

    def _catch_up(self) -> None:
        self._behind = False
        self.drain()

    @work(group="watch")
    async def watch_engine(self) -> None:
        """See again and again whether the engine is still there."""
        while True:
            await self.feed.watch()
            await asyncio.sleep(WATCH_S)

    @on(NodeList.Picked)
    def _show_chosen(self) -> None:
        node = self.chosen()
        self.query_one(FailurePane).show(node)
        self.query_one(LogPane).show(node)
        self._show_keys()

    @on(NodeList.Opened)
    def _open(self) -> None:
        if node := self.chosen():
            self.app.push_screen(NodeScreen(self.feed, self.signs, node.name))

    def _clock(self) -> float:
        """The time up to which clocks run: that of the last event, once no other will come."""
        progress = self.feed.progress
        return progress.now if progress.ending or self.feed.lost else self.feed.now()

    def _show_head(self) -> None:
        progress, width, now = self.feed.progress, self.size.width, self._clock()
        nodes, lost = self.query_one(NodeList), self.feed.lost
        self.show_title()
        self.query_one("#stages", Line).show(headline.stages(progress, width, self.signs))
        remaining_s = self._remaining_s(now)
        self.query_one("#bar", Line).show(
            headline.bar(progress, width, self.signs, now=now, remaining_s=remaining_s, lost=lost)
        )
        self.query_one("#counts", Line).show(headline.counts(progress, kind=nodes.kind, following=nodes.following))
        self._show_notice(now)
        self._show_keys()

    def _remaining_s(self, now: float) -> float:
        at, seconds = self._predicted
        if self.feed.progress.started and now - at >= PREDICT_S:
            self._predicted = at, seconds = now, self.feed.progress.remaining_s(now)
        return max(0.0, seconds - (now - at))

    def _show_notice(self, now: float) -> None:
        lost = self.feed.lost
        log = self.feed.engine_log if lost else None
        text, ink = words.notice(self.feed.progress, lost=lost, now=now, engine_log=log)
        notice = self.query_one("#notice", Static)
        notice.display = bool(text)
        if text != self._noticed:
            self._noticed = text
            notice.update(Text(self.signs.lines(text)))
            notice.set_classes(f"status -{ink}")
            if self.feed.progress.ending and self._answered:
                self._answered = False
                self.say("")

    def _show_keys(self) -> None:
        node = self.chosen()
        keys = self.feed.progress.phase, self.feed.lost, node and node.state
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        phase, node = self.feed.progress.phase, self.chosen()
        state = node.state if node else ""
        paused, live = phase in ("paused", "pausing"), phase != "ended" and not self.feed.lost
        offered = {
            "pause": live and not paused,
            "resume": live and paused,
            "retry": live and state == "failed",
            "skip": live and state not in ("", "done", "unchanged", "skipped"),
            "put_back": live and state in ("failed", "skipped") and bool(node and node.back),
            "abort": live and phase != "aborting",
            "detach": live,
        }
        return offered.get(action, True)

    @work(group="control")
    async def send(self, command: str, node: str = "") -> None:
        """Give the engine a command; what it says, or why it refuses, stays in the status line."""
        try:
            self.say(await self.feed.control.send(command, node))
            self._answered = True
        except WizardError as error:
            self.say(f"{error.message}. {error.hint}".rstrip(". ") + ".", "bad")

    def action_pause(self) -> None:
        self.send("pause")

    def action_resume(self) -> None:
        self.send("resume")

    def action_retry(self) -> None:
        if node := self.chosen():
            self.send("retry", node.name)

    def action_skip(self) -> None:
        if node := self.chosen():
            self._confirm(f"Skip {node.name}?", words.skip(node.name), "Skip", lambda: self.send("skip", node.name))

    def action_put_back(self) -> None:
        if node := self.chosen():
            text = words.put_back(node)
            self._confirm(f"Put {node.name} back?", text, "Put back", lambda: self.send("back", node.name))

    def action_abort(self) -> None:
        question = f"Abort the rollout of {self.feed.progress.cluster}?"
        self._confirm(question, words.ABORT, "Abort", lambda: self.send("abort"))

    def _confirm(self, question: str, text: str, yes: str, then: Callable[[], object]) -> None:

        def answered(answer: bool | None) -> None:
            if answer:
                then()

        self.app.push_screen(Confirm(question, text, self.signs, yes=yes), answered)

    def action_filter(self) -> None:
        nodes, kinds = self.query_one(NodeList), list(KINDS)
        nodes.choose(kinds[(kinds.index(nodes.kind) + 1) % len(kinds)])
        self._show_head()

    def action_follow(self) -> None:
        self.query_one(NodeList).follow()
        self._show_head()

    def action_detach(self) -> None:
        self.app.exit(0, message=Text(words.come_back(self.feed.progress)))


class RolloutApp(Themed[int]):
    """The rollout's screen as a program; it returns the exit code by the rollout's outcome, 0 when detached."""

    CSS_PATH = ["ink.tcss", "rollout.tcss", "dialogs.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        run_dir: Path,
        *,
        simulated: bool = False,
        now: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
    ) -> None:
        """Show the run in `run_dir`; `now` gives epoch seconds, `glyphs` are chosen by the terminal unless given."""
        super().__init__(glyphs)
        self.feed = Feed(run_dir, simulated=simulated, now=now)

    def get_default_screen(self) -> Screen[None]:
        return RolloutScreen(self.feed, self.signs)

    def goes_on(self) -> str:
        return "" if self.feed.progress.ending or self.feed.lost else words.come_back(self.feed.progress)

    async def action_quit(self) -> None:
        """Leave: with the outcome's code once there is one, else after saying that the rollout goes on."""
        progress = self.feed.progress
        if progress.ending or self.feed.lost:
            self.exit(words.exit_code(progress), message=Text(words.ended(self.feed.run_dir, progress)))
        elif isinstance(self.screen, Confirm):
            self.screen.dismiss(False)
        else:
            text = words.come_back(progress)
            self.push_screen(Confirm("Leave this screen?", text, self.signs, yes="Leave", no="Stay"), self._leave)

    def _leave(self, leave: bool | None) -> None:
        if leave:
            self.exit(0, message=Text(words.come_back(self.feed.progress)))
