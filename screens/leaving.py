"""How a screen is left: by its key, or when the terminal closes or somebody ends the process."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from textual import on
from textual.app import App
from textual.events import Load, Unmount

from screens.frame import Frame
from wizard import exits

Result = TypeVar("Result")
SIGNALS = (signal.SIGHUP, signal.SIGTERM)


class Leaving(App[Result], Generic[Result]):
    """A program that gives the terminal back as it was, also when it is ended from outside."""

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[int, Callable[..., Any] | int | None] = {}

    @on(Load)
    def _take_signals(self) -> None:
        for number in SIGNALS:
            self._before[number] = signal.getsignal(number)
            asyncio.get_running_loop().add_signal_handler(number, self.exit, None, exits.INTERRUPTED)

    @on(Unmount)
    def _give_signals_back(self) -> None:
        for number, before in self._before.items():
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, before)

    def goes_on(self) -> str:
        """Return what becomes of the work when the screen is left."""
        return ""

    def action_help_quit(self) -> None:
        """Say which key leaves: ctrl+c copies where there is text to copy, and never ends anything."""
        keys = [key for key, bound in self.active_bindings.items() if bound.binding.action in ("quit", "app.quit")]
        frames = [screen for screen in self.screen_stack if isinstance(screen, Frame)]
        if keys and frames:
            frames[-1].say(f"{keys[0]} leaves. {self.goes_on()}".rstrip(), "warn")
