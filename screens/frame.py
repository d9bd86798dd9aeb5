"""What every whole screen of ours has: its sizes, its signs, and a status line that stays."""

from rich.text import Text
from textual.screen import Screen
from textual.widgets import Static

from screens.glyphs import Glyphs

TOO_SMALL = "Please enlarge to 80x24"


class Frame(Screen[None]):
    """A screen with a status line `#answer`; it asks for more room below 80x24 and goes on meanwhile."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-tall")]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self.signs = glyphs

    @property
    def wide(self) -> bool:
        """Whether there is room for the widest layout; known before anything is laid out, unlike the class -wide."""
        return self.app.size.width >= self.HORIZONTAL_BREAKPOINTS[-1][0]

    def say(self, text: str, ink: str = "") -> None:
        """Put `text` in the status line, where it stays until there is something newer; "" takes the line away."""
        answer = self.query_one("#answer", Static)
        answer.display = bool(text)
        answer.update(Text(self.signs.lines(text)))
        answer.set_classes(f"status -{ink}" if ink else "status")
