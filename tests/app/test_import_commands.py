"""`sealgate import` and `sealgate sign-list`, as somebody in the office types them."""

import stat
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from tests.register.sheets import WORKBOOKS

MAPPING = """
[import.register]
sheet = "Seal register"
constants = { seal_type = "plain bolt" }

[import.register.columns]
seal_number = "Seal No."
received = "Date received"
applied = "Date applied"
unit = "Container"
applied_by = "Applied by"

[import.approved-list.columns]
version = "Version"
issued = "Issued"
in_force_from = "From"
in_force_until = "Until"
operator_id = "Operator"
operator_name = "Name"

[[seal_type]]
name = "plain bolt"
form = "bolt"
pattern = "NZB[0-9]{6}"
"""


class Desk:
    """A desk in the office: a site.toml, a data folder, and what the commands say."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "site.toml"
        self._capsys = capsys
        self.set(MAPPING)

    def set(self, more: str) -> None:
        self.config.write_text((SAMPLE_SITE / "site.toml").read_text(encoding="utf-8") + more, encoding="utf-8")

    def type(self, *words: object) -> tuple[int, list[str], str]:
        code = main([*map(str, words), "--config", str(self.config), "--data", str(self.data)])
        said = self._capsys.readouterr()
        return code, said.out.splitlines(), said.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_workbook_is_imported_as_site_toml_says(desk: Desk) -> None:
    code, out, err = desk.type("import", "register", WORKBOOKS / "seal-register.xlsx")
    assert (code, err) == (0, "")
    assert out[0].startswith("register: 3 rows imported; SHA-256 ")
    assert out[1].startswith("stored in our own form; the file's own SHA-256 is ")
    assert out[2].endswith("row 9 says what row 8 says, and was passed over")
    assert "NZB000003,plain bolt,2026-01-31,,,\n" in (desk.data / "records" / "register.csv").read_text()
    assert desk.type("import", "register", WORKBOOKS / "seal-register.xlsx")[1][0].startswith(
        "register: 3 rows as it was"
    )


def test_a_dry_run_tells_each_row_and_changes_nothing(desk: Desk) -> None:
    code, out, _ = desk.type("import", "register", WORKBOOKS / "seal-register.xlsx", "--dry-run")
    assert code == 0
    assert out[0].startswith("register: 3 rows would be imported; SHA-256 ")
    assert out[2:6] == [
        "row 5: new: seal_number (not shown)",
        "row 6: new: seal_number (not shown)",
        "row 8: new: seal_number (not shown)",
        "dry run: nothing was changed; 3 rows would be",
    ]
    assert not list((desk.data / "records").glob("*.csv"))


def test_local_times_of_bookings_are_the_sites_own(desk: Desk) -> None:
    header, first, *rest = (SAMPLE_SITE / "bookings.csv").read_text(encoding="utf-8").splitlines()
    sheet = desk.folder / "bookings.csv"
    lines = (f"{header},collect_from,collect_until", f"{first},24/12/2026 10:00 pm,25/12/2026 06:30", *rest)
    sheet.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = desk.type("import", "bookings", sheet)
    assert (code, err) == (0, "")
    assert out[1].startswith("stored in our own form; ")
    stored = (desk.data / "records" / "bookings.csv").read_text(encoding="utf-8").splitlines()
    assert stored[1].endswith(",2026-12-24T22:00+13:00,2026-12-25T06:30+13:00")
    assert stored[2].endswith(",,")


def test_settings_that_do_not_fit_are_one_line_with_exit_code_3(desk: Desk) -> None:
    desk.set('[import.drivers]\ncolumns = { licence = "Licence" }\n')
    code, _, err = desk.type("import", "drivers", WORKBOOKS / "drivers.xlsx")
    assert code == 3
    assert err.startswith("sealgate: site.toml import.drivers.columns: expected only driver_id, name, ")
    assert err.endswith("got 'licence'; correct site.toml\n")


def test_a_list_is_signed_and_then_it_alone_is_taken(desk: Desk) -> None:
    key, signed = desk.folder / "lists.key", desk.folder / "list.signed"
    code, out, _ = desk.type("sign-list", "--new-key", "issuer.example/lists", "--key", key)
    assert (code, out[0]) == (0, f"keep {key} to yourself; name this in site.toml, approved_list.keys:")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    desk.set(f'{MAPPING}\n[approved_list]\nkeys = ["{out[1]}"]\n')
    listed = WORKBOOKS / "approved-list.xlsx"
    code, _, err = desk.type("import", "approved-list", listed)
    assert (code, "got an unsigned one; correct it and import again" in err) == (3, True)
    code, said, _ = desk.type("sign-list", listed, "--key", key, "--out", signed)
    assert (code, said) == (0, [f"{signed}: approved-list 2026-3: 2 rows signed by {out[1]}"])
    code, said, _ = desk.type("import", "approved-list", signed)
    assert (code, said[0].partition(";")[0]) == (0, "approved-list 2026-3: 2 rows imported")
    assert len(said) == 1


def test_a_key_is_never_overwritten_and_one_that_others_may_read_never_used(desk: Desk) -> None:
    key = desk.folder / "lists.key"
    assert desk.type("sign-list", "--new-key", "issuer.example/lists", "--key", key)[0] == 0
    before = key.read_bytes()
    code, _, err = desk.type("sign-list", "--new-key", "issuer.example/lists", "--key", key)
    assert (code, "already; name another" in err, key.read_bytes()) == (3, True, before)
    key.chmod(0o640)
    out = desk.folder / "out"
    code, _, err = desk.type("sign-list", WORKBOOKS / "approved-list.xlsx", "--key", key, "--out", out)
    assert (code, "its owner alone may read" in err, out.exists()) == (3, True, False)


@pytest.mark.parametrize("words", [[], ["list.csv"], ["--out", "x"], ["list.csv", "--out", "x", "--new-key", "n"]])
def test_sign_list_wants_a_list_and_a_place_or_a_new_key(desk: Desk, words: list[str]) -> None:
    code, _, err = desk.type("sign-list", *words, "--key", desk.folder / "key")
    assert code == 2
    assert err == "sealgate: expected FILE and --out SIGNED, or --new-key NAME; got something else\n"
