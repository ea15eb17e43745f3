"""What the sheets are made from: the ledger's entries, as whoever reads the ledger hands them over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Record(Protocol):
    """An entry of the ledger: the register reads no ledger itself."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def time(self) -> datetime:
        """When it happened, with its zone."""

    @property
    def kind(self) -> str:
        """What sort of entry it is."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What it records."""

    @property
    def digest(self) -> str:
        """Its digest, in hex."""


def text(body: Mapping[str, Any], key: str) -> str | None:
    """What a body says under a key, as text; None where it says nothing."""
    value = body.get(key)
    return None if value is None or value == "" else str(value)


def listed(body: Mapping[str, Any], key: str) -> str | None:
    """What a body lists under a key, as text; None where it lists nothing."""
    return ", ".join(map(str, body.get(key) or ())) or None


def person(body: Mapping[str, Any], key: str) -> str | None:
    """Somebody's name and id: entries have the id under the key and the name under ``KEY_name``."""
    who, name = text(body, key), text(body, f"{key}_name")
    if name is None or name == who:
        return who
    return f"{name} ({who})" if who is not None else name


def moment(body: Mapping[str, Any], key: str) -> datetime | None:
    """An instant that a body gives under a key (RFC 3339); None where it gives none."""
    value = body.get(key)
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if when.utcoffset() is None else when


def yes_or_no(value: object) -> str | None:
    """A truth in words; None where there is none."""
    return None if value is None else "yes" if value else "no"
