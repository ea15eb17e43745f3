"""Is an approved list in force, for long enough, and signed (clause 8.16)?"""

from collections.abc import Iterator

from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.site import Site

_OF_KEYS = "approved list's keys"


class ApprovedListCheck:
    """Looks at the approved lists that the gate goes by."""

    of = "approved list"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Which one is in force, when the last one runs out, and whether signatures are asked for."""
        if kiosk.site is None:
            return
        yield self._in_force(kiosk, kiosk.site)
        if kiosk.site.list_keys:
            yield good(_OF_KEYS, "lists must be signed with a key that site.toml names")
        else:
            mend = "name the key of whoever issues the list in site.toml, approved_list.keys"
            yield wrong(_OF_KEYS, "site.toml names none: an unsigned list is taken from anybody", mend)

    def _in_force(self, kiosk: Kiosk, site: Site) -> Verdict:
        from kiosk.register.store import RecordStore
        from kiosk.signed_lists import list_opener

        loaded = RecordStore(kiosk.data / "records", list_opener(site.list_keys)).load(site.seal_types)
        today = kiosk.now.astimezone(site.plan.timezone).date()
        records, mend = loaded.records, "run 'sealgate import approved-list FILE' with the next one"
        approved, last = records.approved_list_on(today), records.last_day_of_lists(today)
        if approved is None:
            expired = records.expired_list_on(today)
            what = "none is in force" if expired is None else f"{expired.version} ran out on {expired.in_force_until}"
            uncounted = next((remark for remark in loaded.remarks if remark.startswith("stored approved-lists/")), "")
            return wrong(self.of, f"{what}: operators are refused{f'; {uncounted}' if uncounted else ''}", mend)
        if last is None:
            return good(self.of, f"{approved.version} is in force, without an end")
        days = (last - today).days
        if days <= site.plan.list_warn_days:
            return wrong(
                self.of, f"{approved.version} is in force; the last list runs out on {last}, in {days} d", mend
            )
        return good(self.of, f"{approved.version} is in force; the last list runs out on {last}")
