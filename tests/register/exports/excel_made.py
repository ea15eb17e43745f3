"""A workbook with the XML that Excel writes and LibreOffice does not: a table, spans, extensions, rich text."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'

ROWS = """<row r="1" spans="1:5" ht="30" customHeight="1" x14ac:dyDescent="0.25"><c r="A1" s="2" t="s"><v>0</v></c>\
<c r="B1" s="2" t="s"><v>1</v></c><c r="C1" s="2" t="s"><v>2</v></c><c r="D1" s="2" t="s"><v>3</v></c>\
<c r="E1" s="2" t="inlineStr"><is><t>Double</t></is></c></row>
<row r="2" spans="1:5" x14ac:dyDescent="0.25"><c r="A2" t="s"><v>4</v></c><c r="B2" s="1"><v>46034.25</v></c>\
<c r="D2" t="s"><v>5</v></c><c r="E2"><f>B2*2</f><v>92068.5</v></c></row>
<row r="3" spans="1:5" ht="18" customHeight="1" x14ac:dyDescent="0.25"><c r="A3" t="s"><v>6</v></c><c r="B3" s="1"/>\
<c r="E3" s="3"><f>B3*2</f><v>0</v></c></row>"""

STRINGS = (
    "<si><t>Seal number</t></si>",
    "<si><t>Date\nreceived </t></si>",
    "<si><t>Applied by</t></si>",
    "<si><t>Office notes</t></si>",
    "<si><r><rPr><b/></rPr><t>ES00</t></r><r><t>01</t></r><rPh sb='0' eb='1'><t>furigana</t></rPh></si>",
    "<si><t>kept &lt;by hand&gt;</t></si>",
    "<si><t>ES0002</t></si>",
)


def workbook(
    path: Path, *, rows: str = ROWS, after: str = "", properties: str = "", more: dict[str, str] | None = None
) -> Path:
    """Write the workbook.

    Args:
        path: Where.
        rows: The register's rows.
        after: What comes after them in the sheet.
        properties: Attributes of ``workbookPr``.
        more: Parts that are added, or are other than usual.
    """
    sheet = (
        f'{DECLARED}<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr" '
        'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
        'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" xr:uid="{0-1}">'
        f'<dimension ref="A1:E3"/><sheetData>{rows}</sheetData>{after}'
        '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>'
        '<extLst><ext uri="{78C0D931}"><x14:conditionalFormattings '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"/></ext></extLst></worksheet>'
    )
    parts = {
        "[Content_Types].xml": f'{DECLARED}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{DECLARED}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr {properties}/>'
        '<sheets><sheet name="Register" sheetId="1" r:id="rId1"/>'
        '<sheet name="Sums" sheetId="2" r:id="rId2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "worksheet", "/xl/worksheets/sheet2.xml"),
            ("rId3", "styles", "styles.xml"),
            ("rId4", "sharedStrings", "sharedStrings.xml"),
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("rId1", "table", "../tables/table1.xml")),
        "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row><c><f>SUM(Register!B:B)</f>'
        "<v>46034</v></c></row></sheetData></worksheet>",
        "xl/tables/table1.xml": f'{DECLARED}<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:E3" '
        'totalsRowShown="0"><autoFilter ref="A1:E3"/><tableColumns count="5"/></table>',
        "xl/styles.xml": f'{DECLARED}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" '
        'formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>'
        '<cellXfs count="4"><xf numFmtId="0" fontId="0"/><xf numFmtId="164" fontId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="0" fontId="1"><alignment wrapText="1"/></xf><xf numFmtId="0" fontId="2"/>'
        "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'{DECLARED}<sst xmlns="{MAIN}" count="7" uniqueCount="7">{"".join(STRINGS)}</sst>',
        "xl/charts/chart1.xml": "<c:chartSpace xmlns:c='x'>a chart</c:chartSpace>",
        "xl/vbaProject.bin": "\x00macros",
    }
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in (parts | (more or {})).items():
            archive.writestr(name, data)
    return path


def relations(*listed: tuple[str, str, str]) -> str:
    """A part's relations."""
    each = "".join(f'<Relationship Id="{i}" Type="{OFFICE}/{kind}" Target="{target}"/>' for i, kind, target in listed)
    return f'{DECLARED}<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def parts(path: Path) -> dict[str, bytes]:
    """A workbook's parts."""
    with ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}
