"""What kiosk and seal reader say to each other while a port is open. Sans I/O: bytes in and out, reports out.

The link (firmware/PROTOCOL.md) brings each message once and in order, or says that it is down. What the reader has to
know is not queued but compared: what it was told since the link came up with what it should have been told, so a link
that comes and goes leaves it armed and set up as it should be, with the same nonce.
"""

import logging
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import structlog
from msgspec import Struct

from drivers.reports import DeviceIdentified, Report
from drivers.seal_reader_values import (
    EngineKind,
    EngineState,
    LineEnd,
    SealReaderFault,
    SealReaderHealth,
    SealReaderReady,
    SealReaderSetup,
)
from drivers.seal_scans import Expected, ScanBook
from hw.errors import DeviceFault
from sealwire.link import Down, Got, Link, Mismatch, Up
from sealwire.messages import Arm, Config, Fault, Heartbeat, Hello, Log, Result, Scan

ANSWER_MS: Final = 3000
"""Milliseconds that the reader may take to answer: its own start, and some Hellos lost."""

HOST_BYTES: Final = 32
VERSION_BYTES: Final = 16
"""What Hello has room for."""

_ENGINES: Final = {EngineKind.LINES: Config.LINES, EngineKind.SSI: Config.SSI}
_ENDS: Final = {LineEnd.CR: "\r", LineEnd.LF: "\n", LineEnd.CRLF: "\r\n", LineEnd.TAB: "\t"}
_ENGINE_STATES: Final = {Heartbeat.ENGINE_READY: EngineState.READY, Heartbeat.ENGINE_SILENT: EngineState.SILENT}

_MENDS: Final = {
    "engine": "check the scan engine's cable, and engine and engine_baud in the site's settings",
    "config": "correct the seal reader in the site's settings",
    "spool": "keep the reader connected until its scans are here; if it stays so, run 'sealgate reader flash'",
    "flash": "run 'sealgate reader flash'; if it stays so, replace the board",
    "firmware": "run 'sealgate reader update'",
}
"""What a person can do about a part of the reader; starting it anew for all others."""


class Wanted(Struct, frozen=True):
    """What the reader should have been told.

    Attributes:
        expected: What it is armed for.
        setup: How it is set up.
    """

    expected: Expected
    setup: SealReaderSetup


class Talk:
    """One opened port's conversation.

    Args:
        name: The reader's configured name.
        me: Who the kiosk is.
        nonce: A random number of 32 bits.
        scans: Tells what each scan is.
        report: Takes the reports.
        on_up: Called when the reader answers, before that is reported.
        now_ms: The time, in milliseconds that never begin again.
    """

    def __init__(
        self,
        name: str,
        me: Hello,
        nonce: int,
        scans: ScanBook,
        report: Report,
        on_up: Callable[[], None],
        now_ms: int,
    ) -> None:
        self._name = name
        self._scans = scans
        self._report = report
        self._on_up = on_up
        self._link = Link(me, nonce, now_ms)
        self._down_since = now_ms
        self._heard = 0
        self._told_nonce: bytes | None = None
        self._told_setup: SealReaderSetup | None = None
        self._log = structlog.get_logger("drivers").bind(device=name)

    def say(self, wanted: Wanted, answers: "deque[Result]", now_ms: int) -> bytes:
        """What is to be sent now.

        Args:
            wanted: What the reader should have been told.
            answers: Results for it, oldest first; those that are sent are taken out.
            now_ms: The time.

        Raises:
            DeviceFault: when the reader does not answer, or has fallen silent.
        """
        link = self._link
        if not link.is_up:
            answers.clear()  # nobody waits for them any more once it is up
            if now_ms - self._down_since >= ANSWER_MS:
                raise no_answer(self._name, self._heard)
        if link.can_send and self._told_setup != wanted.setup:
            self._told_setup = wanted.setup
            link.send(_config(wanted.setup), now_ms)
        if link.can_send and self._told_nonce != wanted.expected.nonce:
            self._told_nonce = wanted.expected.nonce
            link.send(Arm(wanted.expected.nonce), now_ms)
        while link.can_send and (kept := self._scans.next_kept()) is not None:
            link.send(Result(kept, Result.KEPT, ""), now_ms)
        while link.can_send and answers:
            link.send(answers.popleft(), now_ms)
        data, events = link.poll(now_ms)
        for event in events:
            if isinstance(event, Down):
                raise _lost(self._name, "the seal reader to go on talking", event.why)
        return data

    def take(self, data: bytes, expected: Expected, now_ms: int) -> None:
        """Take bytes from the line, and report what they say.

        Raises:
            DeviceFault: when the reader speaks another version.
        """
        self._heard += len(data)
        for event in self._link.receive(data, now_ms):
            match event:
                case Up():
                    self._rise(event.hello)
                case Down():
                    self._down_since = now_ms
                case Mismatch():
                    raise other_version(self._name, event)
                case Got():
                    self._got(event.message, expected, now_ms)

    def wait_s(self, now_ms: int) -> float:
        """Seconds for which nothing is to be sent, if nothing comes."""
        return self._link.wait_ms(now_ms) / 1000

    def _rise(self, hello: Hello) -> None:
        self._told_nonce = self._told_setup = None
        self._scans.connected(hello.unit, hello.boot)
        self._on_up()
        on_trial = bool(hello.trial)
        self._report(SealReaderReady(self._name, hello.unit, hello.version, hello.board, hello.boot, on_trial))
        if hello.unit:
            self._report(DeviceIdentified(self._name, hello.unit))

    def _got(self, message: Any, expected: Expected, now_ms: int) -> None:  # noqa: ANN401 - any of the table's classes
        match message:
            case Scan():
                taken = self._scans.take(message, expected, now_ms)
                if taken is not None:
                    self._report(taken)
            case Heartbeat():
                self._scans.heard_time(message.at_ms, now_ms)
                self._report(health_of(self._name, message))
            case Fault():
                mend = _MENDS.get(message.part, "start the reader anew: pull its cable and put it back")
                self._report(SealReaderFault(self._name, message.part, bool(message.is_over), message.what, mend))
            case Log():
                if message.level >= logging.ERROR:  # MicroPython's levels are Python's
                    self._log.error("the reader says", text=message.text)
                else:
                    self._log.info("the reader says", text=message.text)
            case _:
                self._log.info("message that is none for the kiosk", kind=type(message).__name__)


def greeting(host: str, version: str, program: str) -> Hello:
    """Who this end is.

    Args:
        host: Who the kiosk is; what is longer than HOST_BYTES is cut.
        version: The kiosk's own.
        program: Which of its programs speaks; the reader gives scans to KIOSK alone.
    """
    return Hello(cut(host, HOST_BYTES), cut(version, VERSION_BYTES), program)


def cut(text: str, most: int) -> str:
    """As much of a text as fits into so many bytes of UTF-8."""
    return text.encode()[:most].decode(errors="ignore")


def health_of(name: str, beat: Heartbeat) -> SealReaderHealth:
    """How a reader says that it is."""
    return SealReaderHealth(
        *(name, beat.at_ms, beat.heap_used, beat.heap_free, beat.spooled, beat.spool_room),
        *(_ENGINE_STATES.get(beat.engine, EngineState.UNKNOWN), bool(beat.armed)),
    )


def no_answer(name: str, heard: int) -> DeviceFault:
    """No reader has greeted, though so many bytes came."""
    got = f"{heard} bytes without a greeting in them" if heard else "nothing"
    return _lost(name, f"a seal reader to answer within {ANSWER_MS / 1000:g} s", got)


def other_version(name: str, mismatch: Mismatch) -> DeviceFault:
    """The reader is of another version than this kiosk."""
    mine, its = mismatch.mine, mismatch.hello
    return DeviceFault(
        name,
        expected=f"a seal reader of this kiosk's version: protocol {mine.protocol}, messages {mine.table.hex()}",
        got=f"firmware {its.version or 'of a version that does not say so'}: protocol {its.protocol}, "
        f"messages {its.table.hex()}",
        mend="run 'sealgate reader update'; if it cannot reach the reader, 'sealgate reader flash'",
    )


def _lost(name: str, expected: str, got: str) -> DeviceFault:
    return DeviceFault(name, expected=expected, got=got, mend="check the reader's cable and power, then its port")


def _config(setup: SealReaderSetup) -> Config:
    return Config(_ENGINES[setup.engine], setup.engine_baud, _ENDS[setup.end], setup.volume)
