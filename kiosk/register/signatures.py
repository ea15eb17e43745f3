"""The signature under an approved list, as far as the store needs it: who can check one is given from above.

A signed list is a C2SP signed note whose text is the list's own CSV (docs/decisions/0013).
"""

from collections.abc import Callable
from typing import Final

from kiosk.core.errors import SealgateError
from kiosk.register.errors import Findings

ListOpener = Callable[[bytes], str]
"""Gives the text of a signed list whose signature is one of the site's keys'; raises SignatureRefused."""

_UNDER: Final = "\n\n\N{EM DASH} ".encode()
"""What stands between a note's text and its first signature (C2SP signed-note, "Format")."""


class SignatureRefused(SealgateError):
    """A list bears no signature that counts, or a wrong one."""

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__(expected=expected, got=got, mend="ask whoever issues the list for a signed one")


def is_signed(data: bytes) -> bool:
    """Whether signatures stand under a list, whosever they are."""
    return _UNDER in data


def unsigned_list(data: bytes) -> bytes:
    """The CSV of an approved list, signed or not. Whoever signed it is not asked."""
    return data.rpartition(_UNDER)[0] + b"\n" if is_signed(data) else data


def opened_list(data: bytes, opener: ListOpener | None, findings: Findings) -> bytes | None:
    """The CSV of an approved list, signed or not; None when the site asks for a signature that is not there, noted.

    Args:
        data: The file.
        opener: Checks signatures; None where site.toml names no key: any list is taken then.
        findings: Where problems are noted.
    """
    if opener is None:
        return unsigned_list(data)
    if not is_signed(data):
        findings.add(None, None, expected="a list signed with a key that site.toml names", got="an unsigned one")
        return None
    try:
        return opener(data).encode()
    except SignatureRefused as refused:
        findings.add(None, None, expected=refused.expected, got=refused.got)
        return None
