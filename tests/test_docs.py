"""The pages that a newcomer reads first: every link leads somewhere, every settings key is explained."""

import re
from pathlib import Path

import pytest

from kiosk import site

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_key_of_site_toml_is_explained_and_none_that_is_not_there() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z_]+\.[a-z0-9_]+)`", page.partition("## Files")[0])) - {"timeouts.*"}
    tables = {
        "site": site._SiteTable, "access": site._Access, "rules": site._Rules, "seal_type": site._SealType,
        "reader": site._Reader, "scanner": site._Scanner, "gate": site._Gate,
        "checkpoints": site._Checkpoints, "backup": site._Backup, "seal_readers": site._SealReader,
        "purchase_approval": site._PurchaseApproval,
        "approved_list": site._ApprovedList, "import": site._Import,
    }  # fmt: skip
    there = {f"{table}.{key}" for table, shape in tables.items() for key in shape.__struct_fields__}
    assert explained == there
    for key in site._Timeouts.__struct_fields__:
        assert f"`{key}`" in page
