"""`sealgate doctor` says whether browsers can be given the certificate of the gatehouse, and for how long."""

from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import Kiosk, State, Verdict
from kiosk.doctor.doctor import CHECKS
from kiosk.doctor.gatehouse_web import GatehouseWebCheck
from kiosk.site import WebSettings, read_site
from kiosk.web.certificate import CertificateUnusable
from tests.web.papers import DAY, NOW, Authority

SITE = read_site(SAMPLE_SITE / "site.toml")


def verdicts(folder: Path, web: WebSettings, at: datetime = NOW) -> list[Verdict]:
    kiosk = Kiosk(folder, folder / "site.toml", replace(SITE, web=web), at)
    return list(GatehouseWebCheck().look(kiosk))


def named(folder: Path, host: str = "0.0.0.0") -> WebSettings:
    files = Authority().issue(folder, ["gate.example.nz"], ends=NOW + 30 * DAY)
    return WebSettings(host=host, certificate=files.certificate, key=files.key, public_url="https://gate.example.nz")


def test_it_is_one_of_the_doctors_checks() -> None:
    assert any(isinstance(check, GatehouseWebCheck) for check in CHECKS)


def test_of_a_console_that_is_given_to_this_machine_alone_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert verdicts(tmp_path, WebSettings()) == []


def test_a_good_certificate_is_told_with_its_names_and_its_last_day(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, named(tmp_path))
    last = (NOW + 30 * DAY).date().isoformat()
    assert verdict.ok
    assert verdict.finding == f"https://gate.example.nz: a certificate for gate.example.nz, until {last}"


def test_one_that_runs_out_soon_is_wrong_and_says_what_to_do(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, named(tmp_path), NOW + DAY)
    assert not verdict.ok
    assert "another one" in verdict.mend


def test_one_that_is_no_good_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(CertificateUnusable, match="to count now"):
        verdicts(tmp_path, named(tmp_path), NOW + 31 * DAY)


def test_one_that_only_the_service_sees_is_called_neither_wrong_nor_good(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, WebSettings(host="0.0.0.0"))
    assert verdict.state is State.UNSEEN
    assert "credential" in verdict.finding
