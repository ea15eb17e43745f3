"""The commands ``sealgate ledger ...``; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.ledger.errors import Contradiction, KeyMalformed, LedgerDamaged, LedgerError, NotProved
from kiosk.progress import progress_bar

if TYPE_CHECKING:
    from kiosk.ledger.attest import Signed
    from kiosk.ledger.checkpoint import Checkpoint
    from kiosk.ledger.note import VerifierKey
    from kiosk.ledger.verify import VerifyReport

ANSWERS_NO: Final = (Contradiction, LedgerDamaged, NotProved)
"""Errors that are the answer to what was asked, not a failure to answer."""

KEYS: Final = "keys"
"""Where in the data folder the signing key lives: not in the ledger's folder, so that copies of that lack the key."""


def run(asked: argparse.Namespace) -> int:
    """Run one action; returns its exit code."""
    try:
        return _ACTIONS[asked.action](asked)
    except KeyMalformed as fault:
        return _wrong_use(str(fault))
    except ANSWERS_NO as fault:
        return _say_no(asked, fault)


def _say_no(asked: argparse.Namespace, fault: LedgerError) -> int:
    if getattr(asked, "json", False):
        _print_json({"ok": False, "reason": str(fault)})
    else:
        sys.stderr.write(f"sealgate: {fault}\n")
    return NO


def _verify(asked: argparse.Namespace) -> int:
    from kiosk.ledger.verify import verify

    if (asked.checkpoint is None) != (not asked.key):
        return _wrong_use("expected --checkpoint and --key together, got one of them; give both")
    if asked.export is not None:
        return _verify_export(asked)
    if asked.checkpoint is not None:
        return _compare(asked)
    with progress_bar("verifying entries") as progress:
        report = verify(_ledger_folder(asked), progress)
    if asked.json:
        _print_json(_about_ledger(report))
    else:
        sys.stdout.write("\n".join(report.lines()) + "\n")
    return DONE if report.ok else NO


def _compare(asked: argparse.Namespace) -> int:
    from kiosk.ledger.attest import compare
    from kiosk.ledger.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(_read_note(asked.checkpoint), *_keys(asked))
    with progress_bar("verifying entries") as progress:
        found = compare(_ledger_folder(asked), checkpoint, progress)
    report = found.report
    if asked.json:
        signed = _about(checkpoint) | {"ok": not found.fault, "reason": found.fault}
        _print_json(_about_ledger(report) | {"ok": found.ok, "checkpoint": signed})
    else:
        begins = f"NOT what was signed: {found.fault}" if found.fault else "it begins with exactly what was signed"
        sys.stdout.write("\n".join([*report.lines(), f"checkpoint: {checkpoint}", begins]) + "\n")
    return DONE if found.ok else NO


def _verify_export(asked: argparse.Namespace) -> int:
    from kiosk.ledger.checkpoint import open_checkpoint

    if asked.checkpoint is None:
        return _wrong_use("expected --checkpoint and --key with --export, got none; give FILE.checkpoint and the key")
    checkpoint = open_checkpoint(_read_note(asked.checkpoint), *_keys(asked))
    entries, left_out = _check_export(asked.export, checkpoint)
    missing = ", ".join(f"{first} to {last}" for first, last in left_out)
    if missing and not asked.partial:
        raise NotProved(
            "export",
            expected=f"all {checkpoint.size} entries that were signed for",
            got=f"{entries}: it leaves out {missing}",
            mend="if it was meant to leave them out, give --partial",
        )
    if asked.json:
        answer = {"ok": True, "entries": entries, "left_out": left_out, "checkpoint": _about(checkpoint)}
        _print_json(answer)
    else:
        sys.stdout.write(f"{asked.export}: {entries} entries, each exactly as it was signed\n")
        sys.stdout.write(f"checkpoint: {checkpoint}\n")
        if missing:
            sys.stdout.write(f"left out: entries {missing}; nothing is shown of them, or of tables but the ledger\n")
    return DONE


def _check_export(path: Path, checkpoint: "Checkpoint") -> tuple[int, list[tuple[int, int]]]:
    """How many entries an export has, all as they were signed, and which it leaves out."""
    from kiosk.ledger.export_check import check_export
    from kiosk.ledger.lines_check import check_lines, is_lines

    if is_lines(path):
        lines = check_lines(path, checkpoint)
        return lines.entries, list(lines.left_out)
    checked = check_export(path, checkpoint)
    return checked.entries, [(each.first, each.last) for each in checked.about.left_out]


def _show(asked: argparse.Namespace) -> int:
    from kiosk.ledger.ledger import read_entries

    for entry in read_entries(_ledger_folder(asked)):
        if asked.kind in (None, entry.kind):
            sys.stdout.write(entry.to_line().decode() + "\n")
    return DONE


def _checkpoint(asked: argparse.Namespace) -> int:
    from kiosk.durable import write_file
    from kiosk.ledger.attest import sign_now

    signed = sign_now(_ledger_folder(asked), asked.data / KEYS)
    if signed.new_key:
        sys.stderr.write(
            f"sealgate: made the signing key; give its public half to whoever shall check: {signed.key.text}\n"
        )
    if asked.out is not None:
        write_file(asked.out, signed.note)
    if asked.json:
        _print_json(_about(signed.checkpoint) | {"key": signed.key.text, "checkpoint": signed.note.decode()})
    elif asked.qr:
        _draw(signed)
    elif asked.out is None:
        _print_bytes(signed.note)
    else:
        sys.stdout.write(f"{asked.out}: {signed.checkpoint}\n")
    return DONE


def _draw(signed: "Signed") -> None:
    """The checkpoint as a QR code, in half blocks where the terminal has them."""
    import os
    import shutil

    from kiosk.console import qr
    from kiosk.ledger.compact import to_compact

    half_blocks = (sys.stdout.encoding or "").lower().startswith("utf") and os.environ.get("TERM") != "linux"
    text = to_compact(signed.note, signed.key)
    sys.stdout.write(f"{signed.checkpoint.size} entries; a file with this code's text serves as the checkpoint\n")
    sys.stdout.write(qr.for_terminal(text, shutil.get_terminal_size().lines, half_blocks=half_blocks))


def _prove(asked: argparse.Namespace) -> int:
    from kiosk.durable import write_file
    from kiosk.ledger.attest import prove_entry, prove_growth

    folder, keys = _ledger_folder(asked), asked.data / KEYS
    if asked.since is not None:
        proof = prove_growth(folder, keys, _read_note(asked.since))
        what = f"that the ledger only grew since {asked.since}"
    else:
        proof = prove_entry(folder, keys, asked.entry)
        what = f"that entry {asked.entry} is in the ledger"
    write_file(asked.out, proof)
    sys.stdout.write(f"{asked.out}: proves {what}\n")
    return DONE


def _verify_proof(asked: argparse.Namespace) -> int:
    from kiosk.ledger.compact_proof import proof_of
    from kiosk.ledger.handover import is_handover
    from kiosk.ledger.prove import MAX_PROOF_BYTES, is_growth

    data = proof_of(_read(asked.file, MAX_PROOF_BYTES))
    if is_handover(data):
        return _verify_handover(asked, data)
    if not is_growth(data) and asked.since is None:
        return _verify_entry(asked, data)
    if is_growth(data) and asked.since is not None:
        return _verify_growth(asked, data)
    return _wrong_use("expected --since with a proof that the ledger only grew, got one of them; give both, or neither")


def _verify_handover(asked: argparse.Namespace, data: bytes) -> int:
    from kiosk.ledger.handover import open_handover

    read = open_handover(data, *_keys(asked))
    old = read.old.text if read.old else None
    if asked.json:
        _print_json({"ok": True, "old": old, "new": read.new.text, "why": read.why.value})
    else:
        sys.stdout.write(f"proved: this key took the place of {old or 'a key that is not known'}\n{read.new.text}\n")
    return DONE


def _verify_entry(asked: argparse.Namespace, data: bytes) -> int:
    from kiosk.ledger.prove import verify_proof

    proved = verify_proof(data, *_keys(asked))
    line = proved.entry.to_line().decode()
    if asked.json:
        _print_json({"ok": True, "entry": json.loads(line), "checkpoint": _about(proved.checkpoint)})
    else:
        sys.stdout.write(f"proved: entry {proved.entry.seq} is one of those signed for\n")
        sys.stdout.write(f"checkpoint: {proved.checkpoint}\n{line}\n")
    return DONE


def _verify_growth(asked: argparse.Namespace, data: bytes) -> int:
    from kiosk.ledger.checkpoint import open_checkpoint
    from kiosk.ledger.prove import verify_growth

    keys = _keys(asked)
    old = open_checkpoint(_read_note(asked.since), *keys)
    new = verify_growth(data, old, *keys)
    if asked.json:
        _print_json({"ok": True, "since": _about(old), "checkpoint": _about(new)})
    else:
        sys.stdout.write(f"proved: the first {old.size} entries are what they were\ncheckpoint: {new}\n")
    return DONE


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "verify": _verify,
    "show": _show,
    "checkpoint": _checkpoint,
    "prove": _prove,
    "verify-proof": _verify_proof,
}


def _ledger_folder(asked: argparse.Namespace) -> Path:
    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder


def _keys(asked: argparse.Namespace) -> "tuple[VerifierKey, ...]":
    from kiosk.ledger.keys import read_named_keys

    return read_named_keys(asked.key)


def _read(path: Path, limit: int) -> bytes:
    """A file's content; of one that is longer than it may be, enough to see that."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _read_note(path: Path) -> bytes:
    """A checkpoint that somebody kept: the note, or the text of its QR code."""
    from kiosk.ledger.compact import note_of
    from kiosk.ledger.note import MAX_NOTE_BYTES

    return note_of(_read(path, MAX_NOTE_BYTES))


def _about(checkpoint: "Checkpoint") -> dict[str, Any]:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}


def _about_ledger(report: "VerifyReport") -> dict[str, Any]:
    damage = [str(damage) for damage in report.damage]
    return {"ok": report.ok, "entries": report.entries, "root": report.root, "damage": damage}


def _wrong_use(line: str) -> int:
    sys.stderr.write(f"sealgate: {line}\n")
    return WRONG_USE


def _print_json(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")


def _print_bytes(data: bytes) -> None:
    """Bytes as they are, whatever characters the terminal is set to."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
