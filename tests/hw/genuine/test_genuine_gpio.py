"""The genuine RPi.GPIO 0.7.1, built here, on a file of registers: it proves the stand-in and the backend.

It runs the library's own C code. What it cannot show is the hardware behind the registers, nor the order of two
writes within one call, which the stand-in takes from the source.
"""

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.hw.genuine.calls import PINS, Call, outcome
from tests.hw.genuine.process import HERE, ROOT, install, run
from tests.hw.rpi_gpio_stand_in import GpioStandIn

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

PI_4_REVISION = bytes.fromhex("00c03111")
"""Revision code of a Raspberry Pi 4 Model B, 4 GB, board 1.1, as the device tree holds it."""

SEQUENCES, CALLS = 40, 40


@pytest.fixture(scope="module")
def pi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that finds a Raspberry Pi 4 with RPi.GPIO on it."""
    folder = tmp_path_factory.mktemp("pi")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.fail("a C compiler is needed to build RPi.GPIO: apt install gcc python3-dev")
    install("requirements-pi.txt", folder / "lib")
    shim = folder / "pi_files.so"
    build = [compiler, "-shared", "-fPIC", "-o", str(shim), str(HERE / "pi_files.c"), "-ldl"]
    run(build, mend="install gcc and libc6-dev")
    (folder / "revision").write_bytes(PI_4_REVISION)
    return os.environ | {
        "LD_PRELOAD": str(shim),
        "BENCH_GPIOMEM": str(folder / "gpiomem"),
        "BENCH_REVISION": str(folder / "revision"),
        "PYTHONPATH": f"{folder / 'lib'}{os.pathsep}{ROOT}",
    }


def sequence(chance: random.Random) -> list[Call]:
    """Calls in any order, right ones and wrong ones."""
    gpio = GpioStandIn

    def setup() -> Call:
        keywords = {}
        if chance.random() < 0.4:
            keywords["pull_up_down"] = chance.choice([gpio.PUD_OFF, gpio.PUD_UP, gpio.PUD_DOWN, 25])
        if chance.random() < 0.4:
            keywords["initial"] = chance.choice([gpio.LOW, gpio.HIGH])
        direction = chance.choice([gpio.IN, gpio.OUT, gpio.OUT, gpio.IN, 7])
        return ["setup", chance.choice([*PINS, *PINS, 54, -1]), direction, keywords]

    kinds: list[Callable[[], Call]] = [
        lambda: ["setmode", chance.choice([gpio.BCM, gpio.BCM, 99])],
        lambda: ["setwarnings", chance.choice([False, True])],
        lambda: ["gpio_function", chance.choice([*PINS, 54])],
        setup,
        setup,
        setup,
        lambda: ["output", chance.choice([*PINS, 54]), chance.choice([0, 1])],
        lambda: ["output", chance.choice(PINS), chance.choice([0, 1])],
        lambda: ["input", chance.choice([*PINS, -1])],
        lambda: ["cleanup", chance.sample(PINS, chance.randint(1, 3))],
    ]
    calls = [chance.choice(kinds)() for _ in range(CALLS)]
    if chance.random() < 0.9:
        calls.insert(chance.randint(0, 3), ["setmode", gpio.BCM])
    return calls


def stand_in(calls: list[Call], functions: dict[int, int]) -> list[dict[str, Any]]:
    gpio = GpioStandIn()
    for bcm, function in functions.items():
        gpio.registers[bcm].function = function
        if function == 1:
            gpio.registers[bcm].floating = gpio.registers[bcm].latch
    out = []
    for call in calls:
        result = outcome(gpio, call)
        pulls = {gpio.PUD_OFF: 0, gpio.PUD_UP: 1, gpio.PUD_DOWN: 2}
        seen = {
            str(bcm): [gpio.registers[bcm].function, gpio.level(bcm), pulls[gpio.registers[bcm].pull]] for bcm in PINS
        }
        out.append(result | {"seen": seen})
    return out


def test_the_stand_in_answers_raises_warns_and_sets_pins_as_the_genuine_module_does(pi: dict[str, str]) -> None:
    chance = random.Random(20211)
    kinds: set[str] = set()
    for number in range(SEQUENCES):
        calls = sequence(chance)
        functions = {bcm: chance.choice([0, 0, 1, 4, 2]) for bcm in PINS}
        given = json.dumps({"calls": calls, "functions": functions})
        genuine = json.loads(run([sys.executable, "-m", "tests.hw.genuine.calls"], pi, given))
        for call, came, expected in zip(calls, stand_in(calls, functions), genuine, strict=True):
            assert came == expected, f"sequence {number}: {call} after {calls[: calls.index(call)]}"
            kinds |= {str(expected["came"]), *expected["warned"]}
    assert {text.partition(":")[0] for text in kinds} >= {"RuntimeError", "ValueError", "None", "0", "1"}
    assert sum("already in use" in text or "physical pull up" in text or "No channels" in text for text in kinds) == 3


def test_a_session_over_the_genuine_module_sets_levels_with_directions_and_leaves_all_at_rest(
    pi: dict[str, str],
) -> None:
    came = json.loads(run([sys.executable, "-m", "tests.hw.genuine.session"], pi))
    assert came["detail"] == "RPi.GPIO 0.7.1 on a Pi 4 Model B"
    assert came["read"] == ["low", "high", "high"]
    out, high, low, off, up, down = 1, 1, 0, 0, 1, 2
    inward = 0
    assert [[shown[pin] for pin in ("2", "17", "22")] for shown in came["shown"]] == [
        [[out, high, off], [inward, low, down], [inward, low, down]],
        [[out, high, off], [out, low, off], [inward, low, down]],
        [[out, high, off], [out, low, off], [inward, high, up]],
        [[out, low, off], [out, low, off], [inward, high, up]],
        [[out, low, off], [out, high, off], [inward, high, up]],
        [[inward, high, up], [inward, low, down], [inward, high, off]],
    ]


def test_off_a_pi_the_genuine_module_refuses_and_the_fault_says_what_to_do(pi: dict[str, str]) -> None:
    elsewhere = {name: value for name, value in pi.items() if name not in ("LD_PRELOAD", "BENCH_REVISION")}
    script = (
        "from hw.rpi_pins import RpiPins\ntry:\n    RpiPins(extra='pi')\nexcept Exception as fault:\n    print(fault)"
    )
    said = run([sys.executable, "-c", script], elsewhere)
    assert said == (
        "pins: expected RPi.GPIO to take this machine, got This module can only be run on a Raspberry Pi!; "
        "run the kiosk on a Raspberry Pi 3, 4 or 5, with the extra 'pi' installed\n"
    )
