"""The same draft as plain text, which staff complete at the console: what they still have to write is marked."""

from collections.abc import Iterator, Sequence

from kiosk.core.incidents import to_be_written
from kiosk.register.exports.records import Record
from kiosk.register.reports.incident import COMPLETES, QUESTIONS, facts, of_site, told_since
from kiosk.register.reports.reported import Place, said_at

_WIDTH = 30
"""Characters for the names of fields."""


def incident_text(
    incident: int, what: str, about: Sequence[Record], since: Sequence[Record], place: Place, ledger: str
) -> str:
    """The draft.

    Args:
        incident: The incident's number.
        what: Its kind, in the words of clause 12.3.
        about: The entries that it is about, the one that opened it among them.
        since: What was noted of it, in the ledger's order.
        place: The site.
        ledger: The ledger's id.
    """
    return "".join(f"{line}".rstrip() + "\n" for line in _lines(incident, what, about, since, place, ledger))


def _lines(
    incident: int, what: str, about: Sequence[Record], since: Sequence[Record], place: Place, ledger: str
) -> Iterator[str]:
    yield "INCIDENT REPORT TO NEW ZEALAND CUSTOMS, SECURE EXPORTS SCHEME (12.3)"
    yield ""
    yield COMPLETES
    yield ""
    yield from _fields((("Incident", str(incident)), ("Kind of incident", what)))
    yield from _fields(of_site(about[0].body if about else {}, place))
    for each in about:
        yield from ("", f"WHAT THE LEDGER HOLDS: ENTRY {each.seq}, {each.kind}", "")
        yield from _fields((name, said) for name, said in facts(each, place) if said != "-")
    if since:
        yield from ("", "WHAT BECAME KNOWN SINCE", "")
        yield from (f"{said_at(each.time, place)}: {told_since(each)}" for each in since)
    yield from ("", "TO BE COMPLETED")
    for question in QUESTIONS:
        yield from ("", f"{question}:", to_be_written(question.lower()))
    yield from ("", "EVIDENCE", "")
    yield f"The entries stand in the ledger {ledger}, which the kiosk has signed; each can be proved:"
    yield from (f"entry {each.seq}: {each.digest}" for each in about)


def _fields(fields: "Iterator[tuple[str, str]] | Sequence[tuple[str, str]]") -> Iterator[str]:
    for name, said in fields:
        first, *others = said.splitlines() or [""]
        yield f"{f'{name}:':<{_WIDTH}} {first}"
        yield from (f"{'':<{_WIDTH}} {line}" for line in others)
