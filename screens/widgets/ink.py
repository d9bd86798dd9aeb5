"""Inks: the few meanings that text is coloured by, resolved by the theme (`ink.tcss`)."""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from rich.text import Text
from textual.widget import Widget

INKS = ("strong", "muted", "good", "bad", "warn", "busy", "mark", "track")
CLASSES = {f"ink--{ink}" for ink in INKS} | {"ink--selected", "ink--here", "ink--match", "ink--current", "ink--cell"}

Span = tuple[str, str]
"""Text and its ink ("" for plain)."""


def ink_style(widget: Widget, ink: str) -> Style:
    """Return what `ink` adds to the style of `widget`, which must have CLASSES among its component classes."""
    return widget.get_component_rich_style(f"ink--{ink}", partial=True) if ink else Style.null()


def painted(widget: Widget, spans: Iterable[Span], *, wrap: bool = False) -> Text:
    """Return `spans` as one text that is never read as markup."""
    return Text.assemble(*((text, ink_style(widget, ink)) for text, ink in spans), no_wrap=not wrap, end="")


def fit(text: str, width: int, *, ellipsis: str = "…") -> str:
    """Return `text` in exactly `width` cells, cut with an ellipsis or filled with blanks."""
    if width <= 0:
        return ""
    # ASCII text has one cell a character, and is nearly all there is.
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    if width <= len(ellipsis):
        return ellipsis[:width]
    keep = width - len(ellipsis)
    return (text[:keep] if text.isascii() else set_cell_size(text, keep)) + ellipsis


def cells(spans: Iterable[Span]) -> int:
    """Return how many cells `spans` take."""
    return sum(cell_len(text) for text, _ in spans)
