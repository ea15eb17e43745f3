"""Is there a good backup that is new enough, and a place for the next (clause 11.3)?"""

from collections.abc import Iterator
from datetime import timedelta

from kiosk.doctor.check import CLOCK_SLACK, Kiosk, Verdict, age, good, wrong
from kiosk.site import BackupSettings


class BackupCheck:
    """Looks at the last good backup and at the folder of backups."""

    of = "backup"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """How old the one is, and whether the other is there."""
        settings = kiosk.site.backup if kiosk.site else BackupSettings()
        yield self._last(kiosk, settings)
        yield _folder(kiosk, settings)

    def _last(self, kiosk: Kiosk, settings: BackupSettings) -> Verdict:
        from kiosk.ledger.last_backup import read_last_backup

        mend = "run 'sealgate ledger backup'" if settings.folder else "run 'sealgate ledger backup --to DIR'"
        last = read_last_backup(kiosk.data)
        if last is None:
            return wrong(self.of, "none was made yet", mend)
        finding = f"{last.entries} entries in {last.place}, {age(last.made, kiosk.now)}"
        if last.made > kiosk.now + CLOCK_SLACK:
            return wrong(self.of, f"the last one was made at {last.made}, later than now", "set the clock")
        if kiosk.now - last.made > timedelta(hours=settings.warn_after_h):
            return wrong(self.of, f"{finding}; more than {settings.warn_after_h:g} h", mend)
        return good(self.of, finding)


def _folder(kiosk: Kiosk, settings: BackupSettings) -> Verdict:
    from kiosk.ledger.medium import same_disk

    of, folder = "backup folder", settings.folder
    if folder is None:
        return good(of, "site.toml names none: backups are made by hand")
    if not folder.is_dir():
        return wrong(of, f"{folder} is not there", "plug the stick in or mount the share")
    if same_disk(folder, kiosk.data):
        return wrong(of, f"{folder} is on the ledger's own disk, and is lost with it", "name one on another disk")
    return good(of, f"{folder} is there, on another disk")
