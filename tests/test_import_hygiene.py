"""What a room loads, seen from a fresh interpreter: contracts name modules, this sees what really comes."""

import os
import subprocess
import sys

import pytest

EDGES = {"textual", "serial", "nfc", "RPi", "tinydb", "asyncio", "biip"}


def modules_loaded_by(statement: str) -> set[str]:
    """The modules that are loaded after a statement in a fresh interpreter."""
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(run.stdout.split())


def loaded_by(statement: str) -> set[str]:
    """The top-level ones of them."""
    return {name.partition(".")[0] for name in modules_loaded_by(statement)}


@pytest.mark.parametrize(
    "module",
    [
        "lane",
        "visit",
        "decisions",
        "rules",
        "entries",
        "roster",
        "records",
        "events",
        "effects",
        "plan",
        "pins",
        "card_book",
    ],
)
def test_core_loads_no_library_of_the_edges(module: str) -> None:
    assert not loaded_by(f"import kiosk.core.{module}") & (EDGES | {"drivers", "hw", "structlog"})


def test_the_screen_loads_neither_devices_nor_files() -> None:
    assert not loaded_by("import kiosk.ui.driver.app") & {"serial", "nfc", "RPi", "tinydb", "drivers", "hw"}


def test_the_staff_console_loads_neither_station_nor_what_is_behind_it() -> None:
    loaded = modules_loaded_by("import kiosk.ui.gatehouse.app")
    behind = ("station", "gatehouse", "ledger", "register", "site", "devices", "ui.driver", "commands", "paper")
    assert not [name for name in loaded for room in behind if f"{name}.".startswith(f"kiosk.{room}.")]
    assert not {name.partition(".")[0] for name in loaded} & {
        "serial", "nfc", "RPi", "tinydb", "drivers", "hw", "structlog", "cryptography", "argon2", "pyfiglet",
    }  # fmt: skip


def test_what_the_console_shows_is_worked_out_without_a_terminal() -> None:
    views = ("places", "frame", "calls", "gate", "bars", "known", "deeds")
    assert "textual" not in loaded_by("; ".join(f"import kiosk.ui.gatehouse.view.{name}" for name in views))


def test_the_staff_console_is_loaded_when_it_is_shown_and_not_before() -> None:
    started = "import kiosk.cli, kiosk.app, kiosk.commands.gatehouse; kiosk.cli._parser()"
    assert not [name for name in modules_loaded_by(started) if name.startswith(("textual", "kiosk.ui.gatehouse"))]


@pytest.mark.parametrize(("asked", "drawn"), [(None, "250"), ("30", "30")])
def test_the_screen_may_draw_at_once_unless_the_machine_is_set_otherwise(asked: str | None, drawn: str) -> None:
    code = "import kiosk.ui.driver.app, textual.constants; print(textual.constants.MAX_FPS)"
    environment = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    environment |= {"TEXTUAL_FPS": asked} if asked else {}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    assert run.stdout.strip() == drawn


def test_the_station_loads_no_screen() -> None:
    assert "textual" not in loaded_by("import kiosk.station.station, kiosk.devices, kiosk.app")


def test_looking_at_the_ledger_loads_neither_screen_nor_devices() -> None:
    statement = "import kiosk.cli, contextlib; contextlib.suppress(SystemExit).__enter__(); kiosk.cli._parser()"
    assert not loaded_by(statement) & {"textual", "serial", "nfc", "tinydb"}


def test_the_card_readers_library_is_loaded_when_the_reader_is_opened_and_not_before() -> None:
    assert "nfc" not in loaded_by("import kiosk.devices")


def test_a_kiosk_without_seal_readers_loads_nothing_of_their_link() -> None:
    made = "from tests.station.rig import SITE; from kiosk.devices import Devices; Devices(SITE, lambda: None)"
    assert not modules_loaded_by(made) & {"sealwire", "sealwire.link", "drivers.seal_reader", "drivers.seal_talk"}
    with_one = "from tests.test_devices import WITH_READERS; import kiosk.devices; kiosk.devices.Devices(*WITH_READERS)"
    assert {"sealwire.link", "drivers.seal_talk"} <= modules_loaded_by(with_one)


def test_signatures_are_loaded_when_one_is_made_or_checked_and_not_before() -> None:
    started = "import kiosk.cli, kiosk.app, kiosk.station.station, kiosk.station.recorder, kiosk.devices"
    ledger = "import kiosk.ledger.ledger, kiosk.ledger.verify, kiosk.ledger.attest, kiosk.commands.ledger"
    assert not loaded_by(f"{started}; {ledger}") & {"cryptography", "cffi", "_cffi_backend"}
    assert "cryptography" in loaded_by("import kiosk.ledger.note as note; note.SignerKey.make('a')")


def test_a_kiosk_that_takes_numbers_loads_nothing_that_asks_cards_or_checks_pins() -> None:
    made = "from tests.station.rig import SITE; from kiosk.devices import Devices; Devices(SITE, lambda: None)"
    asking = {"cryptography", "argon2", "ndef", "drivers.cards.prover", "kiosk.card_keys", "kiosk.pins"}
    assert not modules_loaded_by(f"{made}; import kiosk.cli, kiosk.app, kiosk.station.station") & asking
    proven = (
        "from msgspec.structs import replace; from kiosk.core.cards import CardLevel;"
        " from kiosk.devices import Devices; from tests.station.rig import SITE;"
        " from tests.test_cards_at_the_gate import ISSUED;"
        " plan = replace(SITE.plan, card_level=CardLevel.PROVEN);"
        " Devices(replace(SITE, plan=plan), lambda: None, card_keys=lambda: ISSUED)"
    )
    assert {"cryptography", "drivers.cards.prover"} <= modules_loaded_by(proven)


def test_codes_and_pages_are_loaded_when_one_is_drawn_and_not_before() -> None:
    loaded = loaded_by("import kiosk.station.checkpoints, kiosk.ui.driver.app, kiosk.commands.ledger")
    assert not loaded & {"segno", "pydyf", "cryptography"}
    assert "segno" in loaded_by("import kiosk.console.qr as qr; qr.modules('A')")


def test_exports_load_neither_signatures_nor_tinydb_before_they_are_made() -> None:
    assert not loaded_by("import kiosk.cli, kiosk.commands.export, kiosk.commands.key") & {"cryptography", "tinydb"}


def test_a_running_kiosk_loads_nothing_that_signs_or_restores() -> None:
    loaded = modules_loaded_by("import kiosk.cli, kiosk.app, kiosk.station.station, kiosk.station.recorder")
    names = ("commands.ledger", "ledger.attest", "ledger.keys", "ledger.note", "ledger.manifest", "core.card_steps")
    assert not loaded & {f"kiosk.{name}" for name in names}


def test_the_registers_library_is_loaded_when_a_command_speaks_to_it_and_not_before() -> None:
    commands = "import kiosk.cli, kiosk.app, kiosk.commands.sync, kiosk.commands.export; kiosk.cli._parser()"
    assert "psycopg" not in loaded_by(commands)
    assert "psycopg" in loaded_by("import kiosk.commands.sync_turns")


def test_hashes_of_pins_are_loaded_when_one_is_set_or_checked_and_not_before() -> None:
    started = "import kiosk.cli, kiosk.app, kiosk.station.station, kiosk.ui.driver.app, kiosk.pins"
    assert not loaded_by(started) & {"argon2", "_argon2_cffi_bindings"}
    assert "kiosk.pins" not in modules_loaded_by("import kiosk.app, kiosk.station.station")
    assert "argon2" in loaded_by("import kiosk.pins; kiosk.pins.measured_passes()")


def test_catalogues_are_read_by_pythons_own_gettext_and_the_kiosk_never_loads_what_makes_them() -> None:
    kiosk = "import kiosk.cli, kiosk.app, kiosk.ui.driver.app, kiosk.station.station"
    spoken = "import kiosk.core.said as said, kiosk.ui.driver.speech as speech; speech.speech_of(said.Language.MAORI)"
    assert "babel" not in loaded_by(f"{kiosk}; {spoken}")
    assert "gettext" not in loaded_by("import kiosk.core.said, kiosk.core.visit, kiosk.console.messages")


def test_the_web_server_is_loaded_by_its_own_command_and_by_no_kiosk_and_no_console() -> None:
    of_the_server = {"aiohttp", "aiohttp_jinja2", "jinja2", "textual_serve", "kiosk.web.server"}
    kiosk = "import kiosk.cli, kiosk.app, kiosk.station.station, kiosk.kiosk_screen, kiosk.devices; kiosk.cli._parser()"
    consoles = "import kiosk.ui.gatehouse.app, kiosk.commands.gatehouse, kiosk.commands.gatehouse_browser"
    looks = "import kiosk.doctor.doctor, kiosk.web.ready, kiosk.commands.gatehouse_serve"
    for statement in (kiosk, consoles, looks):
        assert not modules_loaded_by(statement) & of_the_server, statement
    assert "kiosk.web" not in modules_loaded_by(kiosk)
    assert {"aiohttp", "textual_serve"} <= modules_loaded_by("import kiosk.web.run")


def test_prometheus_library_is_loaded_where_figures_are_asked_for_a_while_after_the_start_and_by_nobody_else() -> None:
    kiosk = (
        "import kiosk.cli, kiosk.app, kiosk.station.station, kiosk.devices, kiosk.doctor.doctor; kiosk.cli._parser()"
    )
    assert not modules_loaded_by(kiosk) & {"prometheus_client", "kiosk.monitoring", "kiosk.support", "http.server"}
    watched = (
        "from tests.station.rig import SITE, now; from kiosk.site import MetricsSettings; from pathlib import Path"
    )
    made = f"{watched}; import kiosk.monitoring.monitor as it; it.Monitor(SITE, Path('.'), MetricsSettings(), now)"
    assert not modules_loaded_by(made) & {"prometheus_client", "http.server"}
    assert "prometheus_client" in loaded_by("import kiosk.monitoring.publishing")
