"""The pages that a newcomer reads first: every link leads somewhere, every settings key is explained."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.monitoring.metrics import METRICS
from kiosk.site import shape

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_test_that_the_table_of_clauses_names_is_there() -> None:
    page = (ROOT / "docs" / "standards.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[^`]+)`", page))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_command_that_the_table_of_clauses_names_is_one() -> None:
    page = (ROOT / "docs" / "standards.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`sealgate ([a-z-]+)(?: ([a-z-]+))?", page))
    assert len(named) > 10
    for command, action in sorted(named):
        with pytest.raises(SystemExit) as ended, redirect_stdout(StringIO()):
            main([command, *((action,) if action else ()), "--help"])
        assert ended.value.code == 0, f"sealgate {command} {action}"


def test_every_key_of_site_toml_is_explained_and_none_that_is_not_there() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z_]+\.[a-z0-9_]+)`", page.partition("## Files")[0])) - {"timeouts.*"}
    tables = {
        "site": shape.SiteTable, "access": shape.AccessTable, "rules": shape.RulesTable,
        "holidays": shape.HolidayTable, "duty": shape.DutyTable,
        "cards": shape.CardsTable, "screen": shape.ScreenTable,
        "seal_type": shape.SealTypeTable,
        "reader": shape.ReaderTable, "scanner": shape.ScannerTable, "gate": shape.GateTable,
        "checkpoints": shape.CheckpointsTable, "backup": shape.BackupTable, "seal_readers": shape.SealReaderTable,
        "purchase_approval": shape.PurchaseApprovalTable,
        "approved_list": shape.ApprovedListTable, "import": shape.ImportTable,
        "mail": shape.MailTable, "gatehouse": shape.GatehouseTable, "metrics": shape.MetricsTable,
    }  # fmt: skip
    there = {f"{table}.{key}" for table, keys in tables.items() for key in keys.__struct_encode_fields__}
    assert explained == there
    for key in shape.WebTable.__struct_fields__:
        assert f"`gatehouse.web.{key}`" in page
    for key in shape.MetricsHttpTable.__struct_fields__:
        assert f"`metrics.http.{key}`" in page
    for key in shape.TimeoutsTable.__struct_fields__:
        assert f"`{key}`" in page


def test_every_figure_is_explained_with_its_kind_and_labels_and_none_that_is_not_there() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `sealgate_([a-z_]+)` \| (\w+) \|(.*)\| ([^|]*) \|$", page, re.MULTILINE)
    told = {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, _, labels in rows}
    there = {name: (metric.kind.value, metric.labels) for name, metric in METRICS.items()}
    of_the_library = {name: told.pop(name) for name in list(told) if name.startswith("process_") and name not in there}
    assert told == there
    assert set(of_the_library) == {
        f"process_{each}"
        for each in (
            "virtual_memory_bytes", "resident_memory_bytes", "start_time_seconds", "cpu_seconds_total", "open_fds",
            "max_fds",
        )
    }  # fmt: skip
