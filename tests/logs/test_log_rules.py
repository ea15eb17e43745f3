"""What a log line may say, whoever writes it, and how often."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from kiosk.core.errors import SealgateError
from kiosk.log_rules import (
    BURST,
    MAY_SAY,
    MOST_SAID,
    ONE_IN_S,
    Damper,
    Line,
    only_what_may_be_said,
    tidied,
    told_by,
    without_what_it_held,
)
from kiosk.register.errors import ImportRefused, Problem

ROOT = Path(__file__).resolve().parent.parent.parent
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}

FROM_A_REQUEST = "_asked(request)"
"""What kiosk/web/server.py says of a request that is refused: address, host, origin and path."""


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every line that the kiosk, its drivers and its hardware may log, and what they bind to it beforehand."""
    for room in ("kiosk", "drivers", "hw"):
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if re.search(r"\blog\b|_log\b|logger", text) else ():
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    of = ast.unparse(node.func.value)
                    is_line = node.func.attr in LEVELS and of.rpartition(".")[2] in {"_log", "log", "_log()", "logger"}
                    if is_line or "structlog.get_logger" in of:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_line_in_the_code_is_a_fixed_sentence_with_values_under_names_that_are_allowed() -> None:
    calls = list(log_calls())
    assert len(calls) > 60, "the search finds what is there"
    for where, call in calls:
        sentences = [each.value for each in call.args if isinstance(each, ast.Constant)]
        assert len(sentences) == len(call.args) <= 1, f"{where}: no sentence made up while it runs"
        named = {each.arg for each in call.keywords if each.arg is not None} - {"exc_info"}
        assert named <= set(MAY_SAY), f"{where}: {named - set(MAY_SAY)}"
        unpacked = [ast.unparse(each.value) for each in call.keywords if each.arg is None]
        assert unpacked in ([], [FROM_A_REQUEST]), where


def said(**values: object) -> Line:
    return only_what_may_be_said(None, "info", {"event": "it happened", **values})


def test_what_stands_under_another_name_is_left_out_and_the_line_says_so() -> None:
    line = said(driver_name="Aroha Ngata", device="gate")
    assert line == {"event": "it happened", "device": "gate", "withheld": ["driver_name"]}


@pytest.mark.parametrize(
    ("error", "tidy"),
    [
        ("expected a date, got 'Aroha Ngata'; correct it", "expected a date, got '...'; correct it"),
        ("got \"O'Brien\", and b'Aroha'", "got \"...\", and b'...'"),
        ("[Errno 2] No such file or directory: '/dev/sealgate-scanner'", None),
        ("expected one of pi3, pi4, got 'pi9'", None),
        ("run 'sealgate ledger verify --json', or 'sealgate card unlock NUMBER'", None),
        ("run 'sealgate for Aroha'", "run '...'"),
        ("the drivers' cards and the site's keys aren't there", None),
        ("mail for security.manager@packhouse.example", "mail for ..."),
        ("a PIN of '4711', a phone '021 555 0101'", "a PIN of '...', a phone '...'"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("got 'Aroha " + "x" * 2000 + "'", "got '...'"),
    ],
)
def test_of_what_an_error_says_goes_what_somebody_typed(error: str, tidy: str | None) -> None:
    assert tidied(error) == (error if tidy is None else tidy)


def test_what_an_error_says_is_not_endless() -> None:
    assert len(tidied("x" * 10_000)) == MOST_SAID + 3


def test_an_error_that_says_what_came_is_told_and_another_is_named_by_its_class() -> None:
    ours = SealgateError(expected="a name", got="'Aroha'", mend="look")
    refused = ImportRefused([Problem("drivers.csv", 5, "name", "a name", "'Aroha Ngata'")])
    assert told_by(ours) == "expected a name, got '...'; look"
    assert told_by(refused).startswith("drivers.csv row 5, column name: expected a name, got '...'")
    assert told_by(PermissionError(13, "Permission denied")) == "[Errno 13] Permission denied"
    assert told_by(KeyError("Aroha")) == "KeyError"


def test_what_to_do_stands_as_it_is_in_the_code() -> None:
    assert said(mend="install it: pip install 'sealgate[pi]'")["mend"] == "install it: pip install 'sealgate[pi]'"


def test_the_last_line_of_a_traceback_is_cut_to_the_errors_class() -> None:
    for line in ("ValueError: Aroha Ngata is no number", "textual.markup.MarkupError: [/Aroha]", "KeyError"):
        assert said(last_line=line)["last_line"] == line.partition(":")[0]
    ours = "sealgate: expected the kiosk's socket, got none; start the kiosk"
    assert said(last_line=ours)["last_line"] == ours


def test_an_exception_is_its_class_and_the_calls_that_led_to_it() -> None:
    def look_up(name: str) -> None:
        try:
            dict[str, int]()[name]
        except KeyError as error:
            raise ValueError(f"no {name}") from error

    with pytest.raises(ValueError, match="no Aroha") as raised:
        look_up("Aroha")
    line = without_what_it_held(None, "error", {"event": "it failed", "exc_info": raised.value})
    told = line["exception"].splitlines()
    assert [each for each in told if not each.startswith(" ")] == ["KeyError", "ValueError"]
    assert [each for each in told if each.endswith(" look_up") and "test_log_rules.py:" in each]
    assert "Aroha" not in line["exception"]


def test_the_errors_of_a_group_are_told_each() -> None:
    group = ExceptionGroup("devices", [TimeoutError("gate"), ValueError("Aroha")])
    told = without_what_it_held(None, "error", {"event": "it failed", "exc_info": (type(group), group, None)})
    assert told["exception"].splitlines() == ["ExceptionGroup", "  with TimeoutError: gate", "  with ValueError"]


def test_a_device_that_flaps_fills_no_log_and_hides_no_other_line() -> None:
    now = 0.0
    damper = Damper(structlog.DropEvent, lambda: now)

    def passes(device: str) -> Line | None:
        try:
            return damper(None, "info", {"event": "device is back", "device": device})
        except structlog.DropEvent:
            return None

    assert [passes("scanner") is not None for _ in range(BURST + 100)].count(True) == BURST
    assert passes("gate") == {"event": "device is back", "device": "gate"}
    now += ONE_IN_S
    assert passes("scanner") == {"event": "device is back", "device": "scanner", "left_out": 100}
    assert passes("scanner") is None
    now += 10 * BURST * ONE_IN_S
    assert [passes("scanner") is not None for _ in range(BURST + 1)].count(True) == BURST
