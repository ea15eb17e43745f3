"""Incidents (clause 12.3): what opened them, who reported them to Customs and when, and which are still open.

An incident's number is that of the entry that opened it: a person's, or one that is an incident by itself. Which those
are, and which are only offered to a person, is one table: `kiosk.core.incidents`. What is told of the same seal,
container or card before the incident was reported belongs to it and opens no other; so what repeats itself (a loop that
chatters, a driver who tries again) fills no memory.

A report that lies in a file is written, not sent: the incident counts as reported once somebody says how it was told.
"""

import hashlib
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.gatehouse_told import IncidentsNow, OfferRow
from kiosk.core.effects import Json
from kiosk.core.incidents import KINDS, ForCustoms, IncidentKind, Weight, for_customs
from kiosk.core.parties import StaffMember
from kiosk.core.times import Moment
from kiosk.gatehouse import incident as inc
from kiosk.gatehouse.incident import Incident, Note, Offer, Told
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.recorded import Recorded, Refused, ToRecord
from kiosk.gatehouse.saying import Said, line, signed, words


class _Held(Struct, frozen=True):
    """What a book holds."""

    incidents: tuple[Incident, ...] = ()
    offers: tuple[Offer, ...] = ()


class IncidentBook:
    """Folds entries into incidents."""

    def __init__(self) -> None:
        self._incidents: dict[int, Incident] = {}
        self._offers: dict[int, Offer] = {}
        self._takers: Final = {
            GatehouseKind.INCIDENT_OPENED.value: self._opened,
            GatehouseKind.INCIDENT_NOTED.value: self._noted,
            GatehouseKind.INCIDENT_REPORTED.value: self._reported,
            GatehouseKind.INCIDENT_CLOSED.value: self._closed,
        }

    @classmethod
    def from_json(cls, said: Any) -> "IncidentBook":  # noqa: ANN401 - JSON
        """The book that said this; of entries of earlier versions, which have None, an empty one."""
        book, held = cls(), msgspec.convert(said or {}, _Held)
        book._incidents = {each.incident: each for each in held.incidents}
        book._offers = {each.entry: each for each in held.offers}
        return book

    def statement(self) -> Json:
        """All that it holds."""
        held: Json = msgspec.to_builtins(_Held(tuple(self._incidents.values()), tuple(self._offers.values())))
        return held

    # --- folding ------------------------------------------------------------------------------------

    def apply(self, entry: Recorded) -> None:
        """Take the next entry."""
        taker = self._takers.get(entry.kind)
        if taker is not None:
            taker(entry)
        elif entry.kind in KINDS:
            # The gate's own entries say whether staff were on duty; of earlier versions' nobody knows that they were.
            told = for_customs(entry.kind, entry.body, attended=entry.body.get("attended") is True)
            if told is not None:
                self._told(entry, told)
        else:
            return
        self._forget(entry.at)

    def _told(self, entry: Recorded, told: ForCustoms) -> None:
        """Something that concerns Customs: it belongs to an open incident, opens one, or is offered."""
        same = self._same_matter(told)
        if same is not None:
            note = Note(Said.of(entry.at), f"entry {entry.seq}", inc.short(told.text))
            self._keep(replace(inc.with_note(same, note), about=inc.more_about(same.about, entry.seq)))
        elif told.weight is Weight.OPENS:
            self._keep(inc.incident_of(entry, told.what.value, told.text, (entry.seq,), told.names))
        elif told.weight is Weight.OFFERED:
            names = tuple(sorted(told.names)[: inc.MOST_NAMES])
            offer = Offer(entry.seq, Said.of(entry.at), told.what.value, inc.short(told.text), names)
            self._offers[entry.seq] = offer

    def _same_matter(self, told: ForCustoms) -> Incident | None:
        """The newest open incident about the same; once it was reported, what is more than a remark is a new one."""
        silent = told.weight is Weight.SILENT
        for each in reversed(self._incidents.values()):
            if each.closed is None and (silent or each.reported is None) and not told.names.isdisjoint(each.names):
                return each
        return None

    def _opened(self, entry: Recorded) -> None:
        body = entry.body
        about = tuple(int(each) for each in body["about"])
        offers = [offer for seq in about if (offer := self._offers.pop(seq, None)) is not None]
        names = frozenset(name for offer in offers for name in offer.names)
        self._keep(inc.incident_of(entry, body["what"], body["text"], about, names, _by(body)))

    def _noted(self, entry: Recorded) -> None:
        if (incident := self._incidents.get(entry.body["incident"])) is not None:
            note = Note(Said.of(entry.at), _by(entry.body), inc.short(entry.body["text"]))
            self._keep(inc.with_note(incident, note))

    def _reported(self, entry: Recorded) -> None:
        body = entry.body
        if (incident := self._incidents.get(body["incident"])) is not None:
            told = Told(Said.of(entry.at), _by(body), body["how"], tuple(body["to"]))
            note = Note(told.at, told.by, inc.how_told(told))
            noted = inc.with_note(incident, note)
            is_sent = told.how != inc.BY_FILE
            self._keep(replace(noted, reported=told) if is_sent else replace(noted, written=told))

    def _closed(self, entry: Recorded) -> None:
        if (incident := self._incidents.get(entry.body["incident"])) is not None:
            note = Note(Said.of(entry.at), _by(entry.body), f"closed: {inc.short(entry.body['text'])}")
            self._keep(inc.closed_by(incident, note))

    def _keep(self, incident: Incident) -> None:
        self._incidents[incident.incident] = incident

    def _forget(self, now: Moment) -> None:
        """Let go of what is over. An open incident is never let go."""
        closed = [each for each in self._incidents.values() if each.closed is not None]
        for at, each in enumerate(reversed(closed)):
            if at >= inc.MOST_CLOSED or not inc.is_shown(each, now):
                del self._incidents[each.incident]
        for offer in list(self._offers.values())[: -inc.MOST_OFFERED]:
            del self._offers[offer.entry]
        for offer in [each for each in self._offers.values() if inc.since(each.at, now) > inc.OFFERED_FOR]:
            del self._offers[offer.entry]

    # --- what is shown ------------------------------------------------------------------------------

    def told(self, now: Moment, within_h: float, zone: tzinfo) -> IncidentsNow:
        """What a console shows, the newest first.

        Args:
            now: The time.
            within_h: Hours within which an incident is to be reported.
            zone: The site's own time, in which notes say when they were made.
        """
        shown = [each for each in reversed(self._incidents.values()) if inc.is_shown(each, now)]
        offers = [each for each in reversed(self._offers.values()) if inc.since(each.at, now) <= inc.OFFERED_FOR]
        return IncidentsNow(
            rows=tuple(inc.row_of(each, now, within_h, zone) for each in shown),
            kinds=tuple(each.value for each in IncidentKind),
            offers=tuple(OfferRow(each.entry, each.at.utc, each.what, each.text) for each in offers),
        )

    def overdue(self, now: Moment, within_h: float) -> tuple[Incident, ...]:
        """The incidents that should have been reported by now, the oldest first."""
        return tuple(each for each in self._incidents.values() if inc.is_overdue(each, now, within_h))

    def not_closed(self) -> tuple[Incident, ...]:
        """The open incidents, the oldest first."""
        return tuple(each for each in self._incidents.values() if each.closed is None)

    def unreported(self) -> tuple[Incident, ...]:
        """The open incidents that no report of has gone out, the oldest first."""
        return tuple(each for each in self.not_closed() if each.reported is None)

    def incident(self, incident: int) -> Incident | None:
        """An incident by its number; None where there is none, or it was closed long ago."""
        return self._incidents.get(incident)

    def open_incident(self, incident: int) -> Incident:
        """An incident that is open.

        Raises:
            Refused: There is none of this number, or it was closed.
        """
        found = self._incidents.get(incident)
        if found is None:
            raise Refused(expected="the number of an open incident", got=str(incident), mend="look at the list again")
        if found.closed is not None:
            mend = "open another one about what is new"
            raise Refused(expected="an open incident", got=f"{incident}, which is closed", mend=mend)
        return found

    # --- what staff do ------------------------------------------------------------------------------

    def open(self, what: str, text: str, about: tuple[int, ...], who: StaffMember) -> ToRecord:
        """Open an incident by hand; that the entries are in the ledger is the caller's to see.

        Raises:
            Refused: It is of no kind, says nothing, or is about an entry of another open incident.
        """
        if what not in {each.value for each in IncidentKind}:
            raise Refused(expected="a kind of incident of clause 12.3", got=ascii(what), mend="choose one of the list")
        entries = sorted(set(about))
        if len(entries) > inc.MOST_ABOUT or any(each < 1 for each in entries):
            expected = f"at most {inc.MOST_ABOUT} numbers of entries"
            raise Refused(expected=expected, got=f"{len(about)} numbers", mend="name those that matter most")
        for each in self._incidents.values():
            if each.closed is None and (same := set(entries) & set(each.about)):
                mend = f"note it there: incident {each.incident}"
                raise Refused(expected="entries of no other open incident", got=f"entry {min(same)}", mend=mend)
        body: dict[str, Json] = {"what": what, "text": words(text, "what happened"), "about": [*entries]}
        return ToRecord(GatehouseKind.INCIDENT_OPENED.value, body | signed(who))

    def note(self, incident: int, text: str, who: StaffMember) -> ToRecord:
        """Add what became known; raises Refused as `open_incident`, or when it says nothing."""
        self.open_incident(incident)
        body: dict[str, Json] = {"incident": incident, "text": words(text, "what became known")}
        return ToRecord(GatehouseKind.INCIDENT_NOTED.value, body | signed(who))

    def report(self, incident: int, how: str, to: tuple[str, ...], text: str, who: StaffMember) -> ToRecord:
        """Record that a report went out, or lies in a file. Asked before it is sent, too: what is refused is not sent.

        Args:
            incident: Which.
            how: ``mail``, ``file``, or how it was told, in words.
            to: To whom; none where words say so.
            text: The report.
            who: Who reports.

        Raises:
            Refused: Something is still to be written in it; or as `open_incident`.
        """
        self.open_incident(incident)
        whole = inc.whole_report(text)
        digest = hashlib.sha256(whole.encode()).hexdigest()
        body: dict[str, Json] = {
            "incident": incident,
            "how": line(how, "how it was told", most=200),
            "to": [*to],
            "digest": digest,
        }
        return ToRecord(GatehouseKind.INCIDENT_REPORTED.value, body | signed(who))

    def close(self, incident: int, text: str, who: StaffMember) -> ToRecord:
        """Close an incident. One that was not reported can be closed, too: the text then says why it need not be."""
        found = self.open_incident(incident)
        what = "what settled it" if found.reported is not None else "why it need not be reported to Customs"
        body: dict[str, Json] = {
            "incident": incident,
            "text": words(text, what),
            "reported": found.reported is not None,
        }
        return ToRecord(GatehouseKind.INCIDENT_CLOSED.value, body | signed(who))


def _by(body: Mapping[str, Any]) -> str:
    return f"{body['staff_name']} ({body['staff']})"
