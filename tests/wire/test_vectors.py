"""The specification's vectors hold in CPython and in MicroPython: one file of tests, run in both."""

import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import unittest
from types import ModuleType

import pytest

from sealwire.messages import MESSAGES
from tests.firmware.interpreter import FIRMWARE, every_version, run

ON_BOARD = FIRMWARE / "tests" / "test_sealwire.py"
VECTORS = json.loads((FIRMWARE / "vectors.json").read_text(encoding="utf-8"))


def load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the tests as a board does, with the vectors in a folder of sys.path."""
    monkeypatch.syspath_prepend(str(FIRMWARE))
    spec = importlib.util.spec_from_file_location("test_sealwire", ON_BOARD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names(suite: unittest.TestSuite) -> set[str]:
    """Every test in a suite, by its own name."""
    found = set()
    for test in suite:
        found |= names(test) if isinstance(test, unittest.TestSuite) else {test.id().rpartition(".")[2]}
    return found


def test_the_vectors_hold_in_cpython(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = unittest.defaultTestLoader.loadTestsFromModule(load(monkeypatch))
    expected = len(names(suite))
    said = io.StringIO()
    result = unittest.TextTestRunner(said).run(suite)
    assert result.wasSuccessful(), said.getvalue()
    assert result.testsRun == expected > 0


@every_version
def test_the_vectors_hold_in_micropython(monkeypatch: pytest.MonkeyPatch, interpreter: str | None) -> None:
    suite = unittest.defaultTestLoader.loadTestsFromModule(load(monkeypatch))
    said = run(ON_BOARD, interpreter=interpreter)
    assert set(re.findall(r"^(test_\w+) \(\w+\) \.\.\. ok$", said, re.MULTILINE)) == names(suite), said


def test_every_message_of_the_table_has_a_vector() -> None:
    assert {vector["name"] for vector in VECTORS["messages"]} == {kind.__name__ for kind in MESSAGES}


def test_the_table_of_the_vectors_stands_in_the_specification_word_for_word() -> None:
    page = (FIRMWARE / "PROTOCOL.md").read_text(encoding="utf-8")
    assert f"```\n{VECTORS['table']['text']}```" in page
    digest = hashlib.sha256(VECTORS["table"]["text"].encode()).digest()
    assert bytes.fromhex(VECTORS["table"]["digest"]) == digest[:8]


def test_micropython_computes_the_crc_without_a_library_and_cpython_with_one() -> None:
    script = "from sealwire import crc; print(crc.crc_hqx is None)"
    assert run("-c", script) == "True\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "False\n"
