"""The console's two themes, and how each tone looks in them: every tone can be read on every ground."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.style import Style
from rich.text import Text
from textual.theme import Theme

from kiosk.ui.gatehouse.view.words import Piece, Tone

DARK: Final = Theme(
    name="sealgate-dark",
    primary="#4fb0ff",
    secondary="#2b4257",
    accent="#ffb454",
    warning="#ffb454",
    error="#ff8b86",
    success="#5fd38d",
    foreground="#e4e9ed",
    background="#10151a",
    surface="#10151a",
    panel="#1f2932",
    dark=True,
    variables={
        "block-cursor-background": "#2b4257",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#22303c",
        "shout-background": "#b3121d",
        "shout-foreground": "#ffffff",
        "quiet": "#a9b5bf",
    },
)
LIGHT: Final = Theme(
    name="sealgate-light",
    primary="#00559f",
    secondary="#c9def2",
    accent="#8a4b00",
    warning="#8a4b00",
    error="#a8001a",
    success="#00602f",
    foreground="#1a1f24",
    background="#fbfbf8",
    surface="#fbfbf8",
    panel="#e3e6e2",
    dark=False,
    variables={
        "block-cursor-background": "#c9def2",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#dbe6ef",
        "shout-background": "#a8001a",
        "shout-foreground": "#ffffff",
        "quiet": "#545f69",
    },
)

Inks = Mapping[Tone, Style]
"""How each tone looks."""


def inks_of(theme: Theme) -> Inks:
    """How each tone looks in a theme."""
    return {
        Tone.PLAIN: Style(),
        Tone.QUIET: Style(color=theme.variables["quiet"]),
        Tone.STRONG: Style(bold=True),
        Tone.WELL: Style(color=theme.success),
        Tone.WARN: Style(color=theme.warning),
        Tone.BAD: Style(color=theme.error, bold=True),
    }


def inked(pieces: Iterable[Piece], inks: Inks) -> Text:
    """Pieces as one text, none of it read as markup."""
    text = Text(end="")
    for piece in pieces:
        text.append(piece.text, inks[piece.tone])
    return text
