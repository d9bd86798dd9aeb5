"""What the screens over checks have in common beside their table: whose checks they are, and what is being done."""

from typing import ClassVar

from screens.glyphs import Glyphs
from screens.table import TableScreen
from screens.widgets.matrix_head import title
from screens.widgets.panes import Line
from wizard.checking import Checking


class MatrixScreen(TableScreen):
    """A table of what `checking` finds."""

    SOUGHT: ClassVar[str] = "part of a node's name"

    def __init__(self, checking: Checking, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.checking = checking

    def show_title(self) -> None:
        """Show what is checked, and what is being done."""
        self.query_one("#title", Line).show(title(self.checking, self.size.width, self.signs))
