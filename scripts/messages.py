#!/usr/bin/env python3
"""Finds every message of the driver's screen and keeps the catalogues: a template, and a PO and an MO file a language.

usage: scripts/messages.py          writes them: what is new waits there for its translation, what is gone is dropped
       scripts/messages.py --check  writes nothing; exit 1 if a file is stale or a message is not translated

The English catalogue says each message as it stands in the source. All others are for people to fill in
(docs/languages.md).
"""

import argparse
import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any, BinaryIO, Final, cast

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kiosk.core.reasons import Reason  # noqa: E402 - the path above leads to it
from kiosk.core.said import Language  # noqa: E402
from kiosk.ui.driver.speech import DOMAIN, LOCALES  # noqa: E402

SOURCES: Final = ("kiosk/core", "kiosk/console", "kiosk/station", "kiosk/ui/driver")
KEYWORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("said", "say", "noted")),
    **dict.fromkeys(("said_of", "counted"), (2, 3)),
    **dict.fromkeys(("within", "noted_within"), ((1, "c"), 2)),
}
"""Calls that name a message, and which of their arguments do (kiosk/core/said.py, kiosk/ui/driver/speech.py)."""
FOR_TRANSLATORS: Final = "Translators:"
"""How a comment in the source begins that translators are to see."""
REASONS: Final = "kiosk/core/reasons.py"

HEADERS: Final = {
    None: "# What the driver's screen says. Written by scripts/messages.py.",
    Language.ENGLISH: (
        "# What the driver's screen says, in English. Written by scripts/messages.py: what is to be said otherwise is\n"
        "# changed in the source."
    ),
    Language.MAORI: (
        "# What the driver's screen says, in te reo Māori.\n"
        "#\n"
        "# NOT REVIEWED. No fluent speaker wrote this: every message is a draft, and needs a fluent reader's review\n"
        "# before a site uses it. docs/languages.md says how that is done."
    ),
}
"""How the files begin: the template, and each language's."""


class Plain(Catalog):
    """A catalogue whose header says nothing that changes by itself: no dates, no program's version."""

    @property  # type: ignore[misc] # nobody sets it
    def mime_headers(self) -> list[tuple[str, str]]:
        """The header's lines."""
        kept = {"Project-Id-Version", "Language", "Plural-Forms", "MIME-Version", "Content-Type"}
        kept |= {"Content-Transfer-Encoding"}
        return [(name, value) for name, value in super().mime_headers if name in kept]


def plain(language: Language | None) -> Catalog:
    """An empty catalogue; of no language, the template."""
    locale = language.value if language is not None else None
    return Plain(locale=locale, project="Sealgate", version="1", header_comment=HEADERS[language], fuzzy=False)


def sources() -> list[Path]:
    """Every file that may name a message."""
    return sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))


def calls(
    file: BinaryIO,
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: Mapping[str, Any],  # noqa: ARG001 - Babel names it
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """What Babel asks of a way to extract: each call that names messages, as Python itself reads the file.

    Babel's own way goes by tokens: before Python 3.12 it finds no call in an f-string, and it takes more for calls.
    """
    text = file.read().decode()
    lines = ["", *text.splitlines()]
    nodes = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call)]
    for call in sorted(nodes, key=lambda each: (each.lineno, each.col_offset)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in keywords:
            above = lines[call.lineno - 1].strip().removeprefix("# ")
            notes = [above] if any(above.startswith(tag) for tag in comment_tags) else []
            yield call.lineno, name, tuple(map(_literal, call.args)), notes


def _literal(argument: ast.expr) -> str | None:
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def found() -> Catalog:
    """Every message of the sources, in their order, and of the reasons for which a visit stops."""
    template, by_calls = plain(None), cast("Any", calls)  # Babel's types name another order of what a way yields
    for source in sources():
        extracted = extract_from_file(by_calls, source, KEYWORDS, (FOR_TRANSLATORS,), None, strip_comment_tags=True)
        for _, message, comments, context in extracted:
            place = str(source.relative_to(ROOT))
            template.add(message, None, [(place, 0)], auto_comments=comments, context=context)
    for reason in Reason:
        for text, what in ((reason.text.headline, "headline"), (reason.text.advice, "what to do")):
            template.add(text, None, [(REASONS, 0)], auto_comments=[f"{what}: {reason.name}"])
    return template


def brought_up(template: Catalog, language: Language, before: Catalog | None) -> Catalog:
    """A language's catalogue with the template's messages: what is translated stays, what is gone is dropped.

    Args:
        template: Every message.
        language: Which language.
        before: Its catalogue as it is; None when there is none.
    """
    fresh = plain(language)
    for message in _messages(template):
        there = before.get(message.id, message.context) if before is not None else None
        string = message.id if language is Language.ENGLISH else there.string if there is not None else ""
        fresh.add(
            message.id,
            string,
            message.locations,
            there.flags if there is not None else (),
            message.auto_comments,
            there.user_comments if there is not None else (),
            context=message.context,
        )
    return fresh


def faults(language: Language, catalogue: Catalog) -> Iterator[str]:
    """What keeps a catalogue from being used, a line each."""
    for message in _messages(catalogue):
        name = f"{language.value}: {_first(message.id)!r}"
        forms = _forms(message)
        if len(forms) != (catalogue.num_plurals if message.pluralizable else 1) or not all(forms):
            yield f"{name}: expected a translation, of each plural form where there are any, got {forms}; translate it"
        if message.fuzzy:
            yield f"{name}: expected a translation that somebody stands by, got one marked fuzzy; look at it"
        wanted = _places(_first(message.id))
        for form in forms:
            if form and _places(form) != wanted:
                yield f"{name}: expected the places {sorted(wanted)}, got {form!r}; name the same places"


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """All but the header."""
    return (message for message in catalogue if message.id)


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


def _places(text: str) -> frozenset[str]:
    """The names in braces. What str.format cannot read has a place that no message has."""
    try:
        return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    except ValueError:
        return frozenset({"no format"})


def files(locales: Path = LOCALES) -> tuple[dict[Path, bytes], list[str]]:
    """Every file as it should be, and what is wrong with what people wrote.

    Args:
        locales: The folder of the catalogues.
    """
    template, told = found(), list[str]()
    made = {locales / f"{DOMAIN}.pot": _po(template)}
    for language in Language:
        path = locales / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"
        before = None
        if path.exists():
            with path.open("rb") as file:
                before = read_po(file, locale=language.value)
        catalogue = brought_up(template, language, before)
        told += faults(language, catalogue)
        made |= {path: _po(catalogue), path.with_suffix(".mo"): _mo(catalogue)}
    return made, told


def _po(catalogue: Catalog) -> bytes:
    """Without line numbers: they would change with every line of source, and say nothing of the message."""
    file = BytesIO()
    write_po(file, catalogue, width=118, include_lineno=False)
    return file.getvalue()


def _mo(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main() -> int:
    """Write the catalogues, or say what is wrong with them.

    Returns:
        0 when all is well, 1 when a file is stale or a message is not translated as it should be.
    """
    parser = argparse.ArgumentParser(description="Keeps the message catalogues of the driver's screen.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is wrong")
    parser.add_argument("--locales", type=Path, default=LOCALES, help="folder of the catalogues")
    arguments = parser.parse_args()
    made, told = files(arguments.locales)
    for path, data in made.items():
        if arguments.check and (not path.exists() or path.read_bytes() != data):
            name = path.relative_to(arguments.locales)
            told.append(f"{name}: expected it as the source has it now, got it stale; run scripts/messages.py")
        elif not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for line in told:
        print(line, file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
