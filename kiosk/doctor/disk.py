"""Is there room for what is to be recorded, can it be written, and how worn is the disk?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hw.disk import DiskUse
from hw.storage import Mount, mount_of, wear_of
from kiosk.doctor.check import Kiosk, Verdict, good, note, unseen, wrong

WARN_PERCENT: Final = 80
FULL_PERCENT: Final = 95
"""Of room or files: from when on it is told, and from when on the kiosk takes no driver rather than lose an entry."""

SAFE: Final = frozenset({"ext4", "xfs", "btrfs", "f2fs"})
"""File systems that keep what was synced through a power cut."""

WORN_PERCENT: Final = 80
"""Of a disk's life, from when on it is to be replaced: the data sheets give no promise beyond 100."""


class DiskCheck:
    """Looks at the disk that the data folder is on."""

    of = "disk"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Room, file system and wear."""
        if not kiosk.data.is_dir():
            return
        use = kiosk.machine.disk_use(kiosk.data)
        yield self._room(kiosk, use)
        mount = mount_of(kiosk.data, kiosk.machine.root / "proc")
        if mount is None:
            yield unseen("file system", "the kernel does not say what the data folder is on", "look with 'findmnt'")
            return
        yield _kind(mount, use)
        yield from _wear(kiosk, mount)

    def _room(self, kiosk: Kiosk, use: DiskUse) -> Verdict:
        free = f"{use.free / 1e9:.1f} GB free of {use.size / 1e9:.1f}"
        finding = f"{use.used_percent} % full, {free}"
        if use.files_percent is not None:
            finding += f"; {use.files_percent} % of its files are there"
        mend = f"see what fills it: sudo du -xh --max-depth=2 {kiosk.data}; back the ledger up, or use a larger disk"
        if use.worst_percent >= FULL_PERCENT:
            return wrong(self.of, f"{finding}: from {FULL_PERCENT} % on the kiosk takes no driver", mend)
        if use.worst_percent >= WARN_PERCENT:
            return wrong(self.of, finding, mend)
        return good(self.of, finding)


def _kind(mount: Mount, use: DiskUse) -> Verdict:
    of, said = "file system", f"{mount.kind} on {mount.source}, mounted at {mount.at}"
    if use.read_only or "ro" in mount.options:
        mend = f"sudo mount -o remount,rw {mount.at}; if it is read-only again, the disk fails: see dmesg"
        return wrong(of, f"{said}, read-only: nothing can be recorded", mend)
    if mount.kind in {"tmpfs", "overlay", "ramfs", "rootfs"}:
        return wrong(of, f"{said}: what is written there may be gone after a restart", "put the data folder on a disk")
    if mount.kind not in SAFE:
        return wrong(of, f"{said}, which loses what was written when power goes", "put the data folder on ext4")
    return good(of, said)


def _wear(kiosk: Kiosk, mount: Mount) -> Iterator[Verdict]:
    of, wear = "disk's wear", wear_of(mount, kiosk.machine.root / "sys")
    if wear is None:
        return
    if wear.is_card:
        finding = f"an SD card ({wear.name}), which does not tell how worn it is"
        yield note(of, finding, "use one made for endurance, and replace it every two years")
    elif wear.spare_low:
        yield wrong(
            of, f"{wear.name}: its spare blocks run out", "back the ledger up, and replace the board's eMMC soon"
        )
    elif wear.used_percent is None:
        yield note(of, f"{wear.name} does not tell how worn it is")
    elif wear.used_percent > WORN_PERCENT:
        mend = "back the ledger up, and plan to replace it"
        yield wrong(of, f"{wear.name}: up to {wear.used_percent} % of its life is used", mend)
    else:
        yield good(of, f"{wear.name}: at most {wear.used_percent} % of its life is used")
