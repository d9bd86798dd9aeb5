"""Our two themes can be read: WCAG AA asks text for a contrast of 4.5 to 1."""

import pytest
from textual.color import Color
from textual.theme import Theme

from screens.themes import DARK, LIGHT, THEMES, fitting

BENEATH = ("background", "surface", "panel", "primary-muted")
TEXTS = ("foreground", "ink-muted", "text-success", "text-error", "text-warning", "text-primary", "text-accent")


def luminance(color: Color) -> float:
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("beneath", BENEATH)
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_has_contrast_on_all_that_lies_beneath_it(theme: Theme, beneath: str, text: str) -> None:
    colors = theme.to_color_system().generate() | theme.variables
    assert contrast(Color.parse(colors[text]), Color.parse(colors[beneath])) >= 4.5


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, DARK.name),
        ({"COLORFGBG": "15;0"}, DARK.name),
        ({"COLORFGBG": "0;15"}, LIGHT.name),
        ({"COLORFGBG": "0;default;7"}, LIGHT.name),
        ({"TEXTUAL_THEME": "nord", "COLORFGBG": "0;15"}, "nord"),
    ],
)
def test_the_theme_fits_the_background_of_the_terminal(environ: dict[str, str], name: str) -> None:
    assert fitting(environ) == name
