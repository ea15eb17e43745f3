"""The two themes: every tone can be read on every ground that it can stand on."""

import pytest
from textual.color import Color
from textual.theme import Theme

from kiosk.ui.gatehouse.colours import DARK, LIGHT, inks_of
from kiosk.ui.gatehouse.view.words import Tone

LEAST = 4.5
"""The least contrast of text by WCAG 2.2, success criterion 1.4.3."""


def luminance(colour: Color) -> float:
    """WCAG's relative luminance."""
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize(
    "ground", ["background", "panel", "block-cursor-background", "block-cursor-blurred-background"]
)
def test_every_tone_can_be_read_on_every_ground(theme: Theme, tone: Tone, ground: str) -> None:
    colour = inks_of(theme)[tone].color
    ink = theme.foreground if colour is None else colour.name
    under = getattr(theme, ground, None) or theme.variables[ground]
    assert ink is not None
    assert contrast(ink, under) >= LEAST


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_what_shouts_can_be_read(theme: Theme) -> None:
    assert contrast(theme.variables["shout-foreground"], theme.variables["shout-background"]) >= LEAST
    assert theme.foreground is not None
    assert theme.secondary is not None
    assert contrast(theme.foreground, theme.secondary) >= LEAST
