"""What must not leave the site in a support bundle, how it is taken out of a text, and how a text is searched for it.

Names are compared word by word, whatever stands between the words, so that no case, comma, underscore or line end hides
one. Secrets are compared as bytes, in the forms in which programs write bytes.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

MASK: Final = "[name]"

SHORTEST_PART: Final = 3
"""Letters of a single name that is taken out: shorter ones are words of their own."""

SHORTEST_SECRET: Final = 4
"""Bytes of a secret that is searched for: shorter ones are in any text."""

LONG_TOKEN: Final = 12
"""Characters from which on a piece of a hash tells what it is a piece of."""

_WORD: Final = re.compile(r"[^\W_]+")
_GAP: Final = re.compile(r"[\W_]{0,3}")
_TOKEN: Final = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % LONG_TOKEN)
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


def words_of(text: str) -> list[str]:
    """The words of a name."""
    return _WORD.findall(text)


class Names:
    """Names of people and of companies, and texts that name somebody, such as an address of mail.

    Args:
        people: Whole names: each of their words is a name by itself, too, where it is written as one.
        phrases: What counts as a whole only.
    """

    def __init__(self, people: Iterable[str] = (), phrases: Iterable[str] = ()) -> None:
        self._phrases: dict[str, set[tuple[str, ...]]] = {}
        self._singles: set[str] = set()
        self._parts: set[str] = set()
        for name in people:
            self._take(name)
            self._parts |= {
                form
                for word in words_of(name)
                if len(word) >= SHORTEST_PART and not any(letter.isdigit() for letter in word)
                for form in (word, word.capitalize(), word.upper())
            }
        for phrase in phrases:
            self._take(phrase)

    def _take(self, text: str) -> None:
        words = tuple(word.casefold() for word in words_of(text))
        if len(words) == 1 and len(words[0]) >= SHORTEST_PART:
            (word,) = words_of(text)
            self._singles |= {word, word.upper()}
        elif len(words) > 1:
            for order in {words, (words[-1], *words[:-1])}:
                self._phrases.setdefault(order[0], set()).add(order)

    def mask(self, text: str) -> str:
        """The text without the names, and without what is a part of one."""
        found = [*self._whole(text), *(match.span() for match in _WORD.finditer(text) if match[0] in self._parts)]
        for start, end in _apart(found):
            text = f"{text[:start]}{MASK}{text[end:]}"
        return text

    def holds(self, text: str) -> bool:
        """Whether a whole name is in a text."""
        plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        return any(True for _ in self._whole(plain))

    def _whole(self, text: str) -> Iterator[tuple[int, int]]:
        """Where whole names are."""
        words = list(_WORD.finditer(text))
        for at, word in enumerate(words):
            if word[0] in self._singles:
                yield word.span()
            for phrase in self._phrases.get(word[0].casefold(), ()):
                end = _end_of(phrase, words, at, text)
                if end is not None:
                    yield word.start(), end


def _end_of(phrase: tuple[str, ...], words: list[re.Match[str]], at: int, text: str) -> int | None:
    """Where a phrase ends that begins at a word; None where it does not begin there."""
    if len(words) - at < len(phrase):
        return None
    for nth, wanted in enumerate(phrase):
        here = words[at + nth]
        if here[0].casefold() != wanted:
            return None
        if nth and not _GAP.fullmatch(text, words[at + nth - 1].end(), here.start()):
            return None
    return words[at + len(phrase) - 1].end()


def _apart(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that do not overlap, the last first."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged[::-1]


class Secrets:
    """What only the kiosk's own user may read.

    Args:
        whole: Secrets that are searched for in every form: keys, passwords.
        hashed: Texts with hashes in them; each long piece is searched for as it stands.
    """

    def __init__(self, whole: Iterable[bytes] = (), hashed: Iterable[bytes] = ()) -> None:
        self._forms = {form for secret in whole if len(secret) >= SHORTEST_SECRET for form in forms(secret)}
        self._tokens = {token for text in hashed for token in _TOKEN.findall(text)}

    def in_bytes(self, data: bytes) -> bool:
        """Whether one of them is in some bytes."""
        if any(form in data for form in self._forms):
            return True
        return not self._tokens.isdisjoint(_TOKEN.findall(data))


def forms(secret: bytes) -> Iterator[bytes]:
    """A secret as it is, in hex, as Python and JSON show it, and in base64 wherever in a longer text it begins."""
    yield secret
    for separator in ("", " ", ":"):
        text = secret.hex(separator) if separator else secret.hex()
        yield from (text.encode(), text.upper().encode())
    yield repr(secret)[2:-1].encode()
    yield json.dumps(list(secret)).encode()[1:-1]
    with suppress(UnicodeDecodeError):
        yield json.dumps(secret.decode())[1:-1].encode()
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            digits = encode(bytes(before) + secret)
            inside = digits[(before * 4 + 2) // 3 :].rstrip(b"=")[:-1]  # the last digit depends on what follows
            if len(inside) >= SHORTEST_SECRET:
                yield inside


def masked(value: Any, names: Names) -> Any:  # noqa: ANN401 - JSON
    """A JSON value without the names in its texts; keys are ours."""
    if isinstance(value, str):
        return names.mask(value)
    if isinstance(value, dict):
        return {key: masked(each, names) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, names) for each in value]
    return value
