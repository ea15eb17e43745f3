"""QR codes of short texts, for screens, terminals and paper."""

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from segno import QRCode

QUIET: Final = 4
"""Light modules on each side of a code that readers are promised (ISO/IEC 18004, 5.3.8)."""

LEAST_QUIET: Final = 2
"""As many as do where a screen has no room for more."""

_WHITE_ON_BLACK: Final = "\x1b[97;40m"
_AS_BEFORE: Final = "\x1b[0m"


def modules(text: str, quiet: int = 0) -> tuple[tuple[bool, ...], ...]:
    """The code's rows, dark modules true.

    Args:
        text: What it says.
        quiet: So many light modules on each side.
    """
    return tuple(tuple(bool(each) for each in row) for row in _code(text).matrix_iter(border=quiet))


def for_terminal(text: str, rows: int, *, half_blocks: bool) -> str:
    """The code for a terminal, in its own colours so that it reads on light and on dark ones.

    Args:
        text: What it says.
        rows: How many rows the terminal has: where they are few, the code's margin is narrow.
        half_blocks: Whether the terminal has them; else the code takes twice the rows.
    """
    code = _code(text)
    height = code.symbol_size(border=QUIET)[1]
    quiet = QUIET if (height + 1) // 2 < rows or not half_blocks else LEAST_QUIET
    out = io.StringIO()
    code.terminal(out, border=quiet, compact=half_blocks)
    if not half_blocks:
        return out.getvalue()
    return "".join(f"{_WHITE_ON_BLACK}{row}{_AS_BEFORE}\n" for row in out.getvalue().splitlines())


def _code(text: str) -> "QRCode":
    import segno  # where a code is first drawn: the gate's start needs none

    return segno.make(text, error="l", micro=False)
