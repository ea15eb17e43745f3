"""``sealgate reader``: how seal readers are, and their firmware; kiosk.cli reads what was asked.

Exit codes: 0 done; 1 the answer is no (something is wrong with a reader, or it did not take its firmware); 2 wrong use;
3 a reader or file failed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from hw.errors import DeviceFault
from kiosk.app import DONE, FAILED, NO, WRONG_USE
from kiosk.progress import progress_bar

if TYPE_CHECKING:
    from drivers.seal_reader_probe import ProbedReader
    from drivers.seal_reader_values import SealReaderSettings


def status(asked: argparse.Namespace) -> int:
    """Ask each reader how it is; returns the exit code."""
    from drivers.seal_reader_probe import probe

    answers: list[dict[str, Any]] = []
    code = DONE
    for settings in _asked_for(asked):
        try:
            probed = probe(settings)
        except DeviceFault as fault:
            code = FAILED
            answers.append({"reader": settings.name, "fault": str(fault)})
            if not asked.json:
                sys.stderr.write(f"sealgate: {fault}\n")
            continue
        wrong = _wrong_with(probed)
        code = max(code, NO if wrong else DONE)
        answers.append({"reader": settings.name, **_plain(probed), "wrong": wrong})
        if not asked.json:
            sys.stdout.write("".join(f"{settings.name}: {line}\n" for line in _lines(probed, wrong)))
    if asked.json:
        sys.stdout.write(json.dumps(answers) + "\n")
    return code


def _asked_for(asked: argparse.Namespace) -> "Sequence[SealReaderSettings]":
    """The reader at --port, or those of site.toml: all, or the one named.

    Raises:
        DeviceFault: There is none of that name, or none at all.
    """
    from drivers.seal_reader_values import SealReaderSettings
    from hw.serial_ports import PathPort
    from kiosk.devices import seal_reader_settings
    from kiosk.site import read_site

    if asked.port is not None:
        return (SealReaderSettings(name="seal reader", port=PathPort(asked.port.absolute()), host="sealgate"),)
    site = read_site(asked.config)
    readers = [each for each in site.seal_readers if asked.name in (None, each.name)]
    if not readers:
        raise DeviceFault(
            "seal reader",
            expected=f"one named {asked.name}" if asked.name else "[[seal_readers]]",
            got=f"{', '.join(each.name for each in site.seal_readers) or 'none'} in {asked.config}",
            mend="name its port with --port, or correct the site's settings",
        )
    return [seal_reader_settings(each, "sealgate") for each in readers]


def _wrong_with(probed: "ProbedReader") -> list[str]:
    from drivers.seal_reader_values import EngineState

    wrong = [f"{part}: {what}" for part, what in probed.faults]
    if probed.health is None:
        wrong.append("it did not say how it is")
    elif probed.health.engine is EngineState.SILENT and not any(part == "engine" for part, _ in probed.faults):
        wrong.append("engine: the scan engine does not answer")
    return wrong


def _plain(probed: "ProbedReader") -> dict[str, Any]:
    health = probed.health
    faults = [{"part": part, "what": what} for part, what in probed.faults]
    how = None if health is None else asdict(health) | {"engine": health.engine.value}
    return asdict(probed) | {"faults": faults, "health": how}


def _lines(probed: "ProbedReader", wrong: Sequence[str]) -> list[str]:
    trial = ", on trial after an update" if probed.on_trial else ""
    said = [f"unit {probed.unit}, firmware {probed.version}{trial} on {probed.board}, started {probed.boot} times"]
    if (health := probed.health) is not None:
        said += [
            f"scan engine {health.engine.value}",
            f"{health.spooled} scans wait in its spool, room for {health.spool_room} more",
            f"{health.heap_used} bytes of its heap in use, {health.heap_free} free",
        ]
    return [*said, *(f"WRONG {each}" for each in wrong)]


def update(asked: argparse.Namespace) -> int:
    """Bring a signed image to a reader; returns the exit code."""
    from drivers.seal_update import UpdateRefused
    from drivers.seal_update import update as bring
    from kiosk.reader_images import read_image

    readers = _asked_for(asked)
    if len(readers) != 1:
        names = ", ".join(each.name for each in readers)
        sys.stderr.write(f"sealgate: expected one reader to update, got {names}; name one with --name\n")
        return WRONG_USE
    image = read_image(asked.image)
    try:
        with progress_bar("updating") as progress:
            hello = bring(readers[0], image.announcement(), image.data, progress)
    except KeyboardInterrupt:
        return _stopped("what it has of the image it keeps, and the same command goes on from there")
    except UpdateRefused as refusal:
        sys.stderr.write(f"sealgate: {refusal}\n")
        return NO
    sys.stdout.write(f"{readers[0].name}: runs firmware {hello.version}; the one before is kept beside it\n")
    return DONE


def flash(asked: argparse.Namespace) -> int:
    """Put the firmware on a board; returns the exit code."""
    from tempfile import TemporaryDirectory

    from drivers.seal_first_start import first_answer
    from drivers.seal_flash import KEY, NoSuchBoard
    from drivers.seal_flash import flash as put
    from kiosk.reader_firmware import stage, version_of
    from kiosk.reader_images import public_text, read_public

    with TemporaryDirectory() as folder:
        stage(Path(folder))
        if asked.key is not None:
            Path(folder, KEY).write_text(public_text(read_public(asked.key)), encoding="ascii")
        try:
            libraries = not asked.without_libraries
            facts = put(asked.port, Path(folder), libraries=libraries, index=asked.index, say=_say)
        except NoSuchBoard as refusal:
            sys.stderr.write(f"sealgate: {refusal}\n")
            return NO
        except KeyboardInterrupt:
            return _stopped("until it is flashed the board starts to its REPL; give the same command again")
    sys.stdout.write(f"unit {facts.unit}: firmware {version_of()} is on it\n")
    key = f"signed by the key of {asked.key}" if asked.key else "as before; without a key it takes none: --key"
    sys.stdout.write(f"updates over the link: {key}\n")
    _say("waiting for it to answer")
    probed = first_answer(facts.unit)
    if probed is None:
        sys.stdout.write("its data port is not on this machine: ask it where that is, with 'sealgate reader status'\n")
    else:
        sys.stdout.write(f"it runs firmware {probed.version} and answers at {probed.port}\n")
    return DONE


def _say(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{what} ...\n")


def _stopped(mend: str) -> int:
    sys.stderr.write(f"sealgate: expected to be let finish, got Ctrl-C; {mend}\n")
    return FAILED
