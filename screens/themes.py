"""The two themes of ours, and which one a terminal gets: all text on them has the contrast that WCAG AA asks for."""

import os
from collections.abc import Mapping
from typing import Generic, TypeVar

from textual.theme import Theme

from screens.glyphs import Glyphs, choose
from screens.leaving import Leaving

DARK = Theme(
    name="rancher-dark",
    primary="#4aa3df",
    secondary="#5f8fb5",
    accent="#f2b84b",
    success="#5fc27e",
    warning="#e6b450",
    error="#f07178",
    foreground="#e6e9ee",
    background="#10151c",
    surface="#171e28",
    panel="#222c3a",
    variables={"ink-muted": "#a3b0bf"},
    dark=True,
)
LIGHT = Theme(
    name="rancher-light",
    primary="#0b5c9e",
    secondary="#3d5a73",
    accent="#8a4b00",
    success="#1a6b34",
    warning="#7a5200",
    error="#a61b29",
    foreground="#1a222c",
    background="#fbfcfd",
    surface="#f0f3f6",
    panel="#dfe5ec",
    variables={"ink-muted": "#434f5f"},
    dark=False,
)
THEMES = (DARK, LIGHT)
_LIGHT_BACKGROUNDS = ("7", "15")


def fitting(environ: Mapping[str, str] = os.environ) -> str:
    """Return the name of the theme for this terminal: TEXTUAL_THEME where given, else by its background."""
    if named := environ.get("TEXTUAL_THEME"):
        return named
    # rxvt, Konsole and others say "foreground;background" there, in the numbers of the 16 colours.
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in _LIGHT_BACKGROUNDS else DARK.name


Result = TypeVar("Result")


class Themed(Leaving[Result], Generic[Result]):
    """A program in the theme that fits its terminal; the others stay at hand in the palette."""

    TITLE = "rancher-wizard"

    def __init__(self, glyphs: Glyphs | None = None) -> None:
        """Draw with `glyphs`, or those that the terminal can show."""
        super().__init__()
        self.signs = glyphs or choose()
        for theme in THEMES:
            self.register_theme(theme)
        name = fitting()
        self.theme = name if name in self.available_themes else DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return what themes of others do not have."""
        return {"ink-muted": "#8b949e"}
