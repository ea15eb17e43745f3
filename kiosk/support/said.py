"""What the kiosk says of itself: the doctor's verdicts, its log, its figures."""

import io
import json
import re
from argparse import Namespace
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

from kiosk.log_rules import only_what_may_be_said, tidied
from kiosk.logs import NAME, OLD_FILES
from kiosk.support.part import Asked, Member, NotHad, as_json, as_lines

FIGURES: Final = "sealgate_"
HTTP_S: Final = 5.0
_MOST_FIGURES: Final = 1 << 20
_MOST_STACKS: Final = 1 << 21
_STACK: Final = re.compile(
    r"Fatal Python error|Thread 0x|Current thread 0x|  File \"|Extension modules|Python runtime|$"
)


class DoctorPart:
    """The doctor's verdicts."""

    of, free_text = "doctor", True

    def gather(self, asked: Asked) -> Iterator[Member]:
        """As ``sealgate doctor --json`` prints them."""
        from kiosk.doctor.command import run

        printed = io.StringIO()
        with redirect_stdout(printed):
            run(Namespace(data=asked.data, config=asked.config, json=True, brief=False))
        yield as_json("doctor.json", _plain(json.loads(printed.getvalue()), asked), asked)


def _plain(value: Any, asked: Asked) -> Any:  # noqa: ANN401 - JSON
    """A JSON value whose texts are free text."""
    if isinstance(value, str):
        return asked.plain(value)
    if isinstance(value, dict):
        return {key: _plain(each, asked) for key, each in value.items()}
    return [_plain(each, asked) for each in value] if isinstance(value, list) else value


class LogPart:
    """The kiosk's own log, where it is a file."""

    of, free_text = "log", True

    def gather(self, asked: Asked) -> Iterator[Member]:
        """The newest lines, by what a line may say, whoever wrote them."""
        folder = asked.data / "log"
        names = (NAME, *(f"{NAME}.{number}" for number in range(1, OLD_FILES + 1)))
        paths = [path for path in (folder / name for name in names) if path.exists()]
        if not paths:
            raise NotHad(f"there is none in {folder}: the journal has it")
        lines, others = list[dict[str, Any]](), 0
        for raw in _newest(paths, asked.log_bytes):
            line = _line(raw)
            if line is None:
                others += 1
            else:
                lines.append(line)
        if others:
            lines.append({"event": "lines that are none of the log's were left out", "count": others})
        yield as_lines("log.jsonl", lines, asked)


def _newest(paths: list[Path], most: int) -> list[bytes]:
    """The last lines of files of which the first is the newest, in order; about so many bytes of them."""
    taken = list[bytes]()
    for path in paths:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - most))
            lines = file.read(most).splitlines()
        taken = [*(lines[1:] if size > most else lines), *taken]
        most -= size
        if most <= 0:
            break
    return taken


def _line(raw: bytes) -> dict[str, Any] | None:
    """A line of the log; None for what is none."""
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(line, dict):
        return None
    kept = dict(only_what_may_be_said(None, "", line))
    if "exception" in kept:
        kept["exception"] = [tidied(each) for each in str(kept["exception"]).splitlines()]
    return kept


class StacksPart:
    """Where every thread was when the kiosk was ended by its watchdog, or by a fault of native code."""

    of, free_text = "stacks", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """As Python's faulthandler writes it: files, lines and functions, and no values."""
        with (asked.data / "log" / "stacks.txt").open("rb") as file:
            text = file.read(_MOST_STACKS).decode(errors="replace")
        lines = [line for line in text.splitlines() if _STACK.match(line)]
        if not any(lines):
            raise NotHad("the kiosk was never ended so")
        yield Member("stacks.txt", "".join(f"{asked.known.names.mask(line)}\n" for line in lines).encode())


class FiguresPart:
    """The figures for Prometheus."""

    of, free_text = "figures", False

    def gather(self, asked: Asked) -> Iterator[Member]:
        """As they were published last."""
        settings = asked.site.metrics if asked.site is not None else None
        if settings is None:
            raise NotHad("site.toml asks for none ([metrics])")
        if settings.file is not None:
            with settings.file.open("rb") as file:
                text = file.read(_MOST_FIGURES)
        else:
            assert settings.http is not None, "there is a file or a server"
            text = _asked_of(settings.http.host, settings.http.port)
        ours = [line for line in text.decode(errors="replace").splitlines() if _is_figure(line)]
        yield Member("figures.prom", "".join(f"{asked.known.names.mask(line)}\n" for line in ours).encode())


def _is_figure(line: str) -> bool:
    return line.startswith((FIGURES, f"# HELP {FIGURES}", f"# TYPE {FIGURES}"))


def _asked_of(host: str, port: int) -> bytes:
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(host, port, timeout=HTTP_S)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read(_MOST_FIGURES)
    except HTTPException as fault:
        raise NotHad(f"the kiosk's port {port} does not speak HTTP: {type(fault).__name__}") from None
    finally:
        connection.close()
