import subprocess
import sys
from pathlib import Path

import pytest

from hw.service_manager import Systemd, service_manager
from tests.manager import listening


def test_each_word_is_a_datagram_as_sd_notify_says_it(tmp_path: Path) -> None:
    with listening(tmp_path) as manager:
        systemd = Systemd(str(manager.path))
        systemd.ready()
        systemd.alive()
        systemd.status("out of service: reader\nlost")
        assert [manager.hear() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "STATUS=out of service: reader lost"]
        assert systemd.unheard is None
        systemd.close()


def test_a_manager_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    with listening(tmp_path):
        systemd = Systemd(str(tmp_path / "notify"))
        for _ in range(1000):
            systemd.alive()
            if systemd.unheard is not None:
                break
        assert isinstance(systemd.unheard, BlockingIOError)
        systemd.close()


def test_a_manager_that_is_gone_is_no_fault_and_is_heard_again_once_it_is_back(tmp_path: Path) -> None:
    systemd = Systemd(str(tmp_path / "notify"))
    systemd.alive()
    assert isinstance(systemd.unheard, FileNotFoundError)
    with listening(tmp_path) as manager:
        systemd.alive()
        assert manager.hear() == "WATCHDOG=1"
    systemd.close()


def test_an_abstract_address_is_taken_as_systemd_writes_it() -> None:
    systemd = Systemd("@sealgate-nobody-listens-here")
    systemd.alive()
    assert isinstance(systemd.unheard, ConnectionRefusedError)
    systemd.close()


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}])
def test_who_was_started_by_hand_has_no_manager(environment: dict[str, str]) -> None:
    assert service_manager(environment) is None


def test_the_library_is_not_loaded_where_no_manager_listens() -> None:
    asks = "import sys, hw.service_manager as m; m.service_manager({}); print('systemd_watchdog' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True, timeout=30)
    assert said.stdout.strip() == "False"
