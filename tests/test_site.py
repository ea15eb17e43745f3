"""site.toml: what it says becomes settings, and each wrong key gives one line that names it."""

from datetime import date, time
from pathlib import Path

import pytest

from kiosk.core.cards import CardLevel
from kiosk.core.duty import DutyRule
from kiosk.core.pins import PinRule
from kiosk.core.plan import Holiday, Timeouts
from kiosk.core.said import Language
from kiosk.core.seals import SealForm, Symbology, Tidying
from kiosk.site import (
    BackupSettings,
    CameraReference,
    CheckpointSettings,
    GatehouseSettings,
    GateSettings,
    MailSecurity,
    MailSettings,
    MetricsHttp,
    MetricsSettings,
    ReaderSettings,
    ScannerSettings,
    SealReaderSettings,
    SheetSettings,
    SiteError,
    UsbIdentity,
    parse_site,
    read_site,
)

LEAST = """\
[site]
id = "SLS0001"
name = "Test Yard"
timezone = "Pacific/Auckland"
contact = "Gatehouse 04 555 0100"
[[access]]
days = ["mon", "sun"]
opens = 06:00:00
closes = 18:30:00
attended = true
[[seal_type]]
name = "SES bolt"
form = "bolt"
pattern = "NZB[0-9]{7}"
[reader]
port = "/dev/reader"
[scanner]
port = "/dev/scanner"
[gate]
board = "pi4"
"""
"""Only what must be there."""
MAIL = '[mail]\nhost = "mail"\nfrom = "gate@packhouse.example"\nto = ["ses@customs.example"]\n'
GATEHOUSE = """
[gatehouse]
report_within_h = 4
visitor_hours = 9.5
verify_within_h = 12
camera_reference = "always"
"""
MEND = "; correct it and start again"


def with_(old: str, new: str) -> str:
    """The least file with one thing changed; it must be there."""
    assert LEAST.count(old) == 1
    return LEAST.replace(old, new)


def test_the_least_file_gives_settings_with_defaults() -> None:
    site = parse_site(LEAST)
    plan = site.plan
    assert (plan.site_id, plan.site_name, str(plan.timezone)) == ("SLS0001", "Test Yard", "Pacific/Auckland")
    (window,) = plan.windows
    assert (window.days, window.opens, window.closes, window.attended) == (
        *(frozenset({0, 6}), time(6), time(18, 30), True),
    )
    assert (plan.card_level, plan.anti_passback_h, plan.most_uplifts) == (CardLevel.UID, 12.0, 2)
    assert plan.pin is PinRule.NEVER
    assert (plan.holidays, plan.duty, plan.duty_lapses_h) == ((), DutyRule.HOURS, 14.0)
    assert plan.timeouts == Timeouts()
    assert site.contact == "Gatehouse 04 555 0100"
    assert site.reader == ReaderSettings("card reader", Path("/dev/reader"))
    assert site.scanner == ScannerSettings("seal scanner", Path("/dev/scanner"), "any-line-end", 9600, "detect")
    assert site.gate == GateSettings("gate", "pi4", 1.0, {})
    assert site.checkpoints == CheckpointSettings((), None, ())
    assert site.backup == BackupSettings(None, (), 36.0)
    assert site.languages == (Language.ENGLISH,)
    seal = site.seal_types["SES bolt"]
    assert (seal.form, seal.pattern.pattern, seal.tidying, seal.symbologies) == (
        *(SealForm.BOLT, "NZB[0-9]{7}", frozenset(), frozenset()),
    )
    assert (seal.scanner_must_identify, seal.gs1_element) == (False, None)


def test_everything_that_can_be_said_is_taken() -> None:
    text = with_(
        'pattern = "NZB[0-9]{7}"',
        'pattern = "[A-Z]+"\ntidying = ["upper-case", "drop-hyphens"]\nsymbologies = ["Code 39", "GS1-128"]\n'
        'scanner_must_identify = true\ngs1_element = "21"',
    )
    text = text.replace('board = "pi4"', 'board = "pi5"\nname = "north gate"\npulse_s = 0.5\nwiring = {barrier = 5}')
    text += '[cards]\nlevel = "proven"\npin = "unattended"\n[screen]\nlanguages = ["mi", "en"]\n'
    text += "[rules]\nanti_passback_h = 8\nmost_uplifts = 1\n[timeouts]\nsign_s = 30\n"
    text += '[duty]\nrule = "signed-on"\nlapses_h = 10\n'
    text += '[[holidays]]\ndate = 2026-12-25\nname = "Christmas Day"\nclosed = true\n'
    text += '[[holidays]]\ndate = 2026-12-26\nname = "Boxing Day"\n'
    text += '[checkpoints]\nshift_ends = [18:00:00, 06:00:00, 06:00:00]\nfolder = "/media/stick/sealgate"\n'
    text += 'print = ["lp", "-d", "gatehouse"]\n'
    text += '[backup]\nfolder = "/media/stick/backups"\ntimes = [21:30:00, 05:00:00, 05:00:00]\nwarn_after_h = 12\n'
    site = parse_site(text)
    assert site.languages == (Language.MAORI, Language.ENGLISH)
    assert site.backup == BackupSettings(Path("/media/stick/backups"), (time(5), time(21, 30)), 12.0)
    assert site.checkpoints == CheckpointSettings(
        (time(6), time(18)), Path("/media/stick/sealgate"), ("lp", "-d", "gatehouse")
    )
    seal = site.seal_types["SES bolt"]
    assert seal.tidying == {Tidying.UPPER_CASE, Tidying.DROP_HYPHENS}
    assert seal.symbologies == {Symbology.CODE_39, Symbology.GS1_128}
    assert (seal.scanner_must_identify, seal.gs1_element) == (True, "21")
    assert site.gate == GateSettings("north gate", "pi5", 0.5, {"barrier": 5})
    assert (site.plan.card_level, site.plan.pin) == (CardLevel.PROVEN, PinRule.UNATTENDED)
    assert (site.plan.anti_passback_h, site.plan.most_uplifts) == (8.0, 1)
    assert site.plan.timeouts == Timeouts(sign_s=30.0)
    assert (site.plan.duty, site.plan.duty_lapses_h) == (DutyRule.SIGNED_ON, 10.0)
    christmas, boxing_day = Holiday(date(2026, 12, 25), "Christmas Day", closed=True), date(2026, 12, 26)
    assert site.plan.holidays == (christmas, Holiday(boxing_day, "Boxing Day"))


def test_seal_readers_are_taken_beside_a_scanner_or_instead_of_one() -> None:
    assert parse_site(LEAST).seal_readers == ()
    assert parse_site(LEAST).plan.scanners == ("seal scanner",)
    one = '[[seal_readers]]\nport = "/dev/reader-1"\n'
    site = parse_site(LEAST + one)
    assert site.seal_readers == (SealReaderSettings("seal reader", Path("/dev/reader-1"), "lines", 9600, "cr", 7),)
    assert site.plan.scanners == ("seal scanner", "seal reader")
    two = '[[seal_readers]]\nname = "right"\nengine = "ssi"\nengine_baud = 57600\nend = "tab"\nvolume = 0\n'
    two += 'usb = {vendor = "2e8a", product = "0005", serial = "E66"}\n'
    site = parse_site(with_('[scanner]\nport = "/dev/scanner"\n', one + two))
    assert site.scanner is None
    port = UsbIdentity(0x2E8A, 0x0005, "E66")
    assert site.seal_readers[1] == SealReaderSettings("right", port, "ssi", 57600, "tab", 0)
    assert site.plan.scanners == ("seal reader", "right")


@pytest.mark.parametrize(
    ("usb", "port"),
    [
        ('{vendor = "05e0", product = "0x1701"}', UsbIdentity(0x05E0, 0x1701, None)),
        ('{vendor = "05E0", product = "1701", serial = "S/N 7"}', UsbIdentity(0x05E0, 0x1701, "S/N 7")),
    ],
)
def test_the_scanner_may_be_named_by_its_usb_identity(usb: str, port: UsbIdentity) -> None:
    scanner = parse_site(with_('port = "/dev/scanner"', f"usb = {usb}")).scanner
    assert scanner is not None
    assert scanner.port == port


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('id = "SLS0001"\n', "", " site: expected the key `id`, got nothing"),
        ('id = "SLS0001"', "id = 5", " site.id: expected `str`, got `int`"),
        ('id = "SLS0001"', 'id = ""', " site.id: expected `str` of length >= 1, got ''"),
        ('id = "SLS0001"', 'id = "a"\nidd = "b"', " site: expected a key that the manual lists, got `idd`"),
        (
            "Pacific/Auckland",
            "Pacific/Aukland",
            " site.timezone: expected a time zone such as Pacific/Auckland, got 'Pacific/Aukland'",
        ),
        (
            "Pacific/Auckland",
            "../../etc/passwd",
            " site.timezone: expected a time zone such as Pacific/Auckland, got '../../etc/passwd'",
        ),
        (
            '["mon", "sun"]',
            '["mon", "sunday"]',
            " access[0].days[1]: expected one of the values that the manual lists, got 'sunday'",
        ),
        ('["mon", "sun"]', "[]", " access[0].days: expected `array` of length >= 1, got '[]'"),
        ("06:00:00", '"6 am"', " access[0].opens: expected a time such as 06:00:00, got '6 am'"),
        (
            "06:00:00",
            '"06:00:00Z"',
            " access[0].opens: expected `time` with no timezone component, got '06:00:00Z'",
        ),
        (
            "[reader]",
            '[[seal_type]]\nname = "SES bolt"\nform = "cable"\npattern = "NZC.*"\n[reader]',
            " seal_type[1].name: expected a name that no other seal type has, got 'SES bolt'",
        ),
        ("06:00:00", "6", " access[0].opens: expected `time`, got `int`"),
        ("attended = true\n", "", " access[0]: expected the key `attended`, got nothing"),
        ("attended = true", 'attended = "yes"', " access[0].attended: expected `bool`, got `str`"),
        ("[[access]]", "[access]", " access: expected `array`, got `object`"),
        ("[gate]", "[[holidays]]\ndate = 2026-12-25\n[gate]", " holidays[0]: expected the key `name`, got nothing"),
        (
            "[gate]",
            '[[holidays]]\ndate = "soon"\nname = "A"\n[gate]',
            " holidays[0].date: expected a date such as 2026-12-25, got 'soon'",
        ),
        (
            "[gate]",
            '[[holidays]]\ndate = 2026-12-25T08:00:00\nname = "A"\n[gate]',
            " holidays[0].date: expected `date`, got `datetime`",
        ),
        (
            "[gate]",
            '[[holidays]]\ndate = 2026-12-25\nname = "A"\n[[holidays]]\ndate = 2026-12-25\nname = "B"\n[gate]',
            " holidays[1].date: expected a date that no other holiday has, got 2026-12-25",
        ),
        (
            "[gate]",
            '[duty]\nrule = "always"\n[gate]',
            " duty.rule: expected one of the values that the manual lists, got 'always'",
        ),
        ("[gate]", "[duty]\nlapses_h = 25\n[gate]", " duty.lapses_h: expected `float` <= 24.0, got '25'"),
        (
            'form = "bolt"',
            'form = "rope"',
            " seal_type[0].form: expected one of the values that the manual lists, got 'rope'",
        ),
        (
            "NZB[0-9]{7}",
            "NZB[0-9",
            " seal_type 'SES bolt' pattern: expected a regular expression, "
            "got 'NZB[0-9' (unterminated character set at position 3)",
        ),
        (
            'form = "bolt"',
            'form = "bolt"\ntidying = ["uppercase"]',
            " seal_type[0].tidying[0]: expected one of the values that the manual lists, got 'uppercase'",
        ),
        (
            'form = "bolt"',
            'form = "bolt"\nsymbologies = ["Code128"]',
            " seal_type[0].symbologies[0]: expected one of the values that the manual lists, got 'Code128'",
        ),
        (
            'form = "bolt"',
            'form = "bolt"\ngs1_element = "serial"',
            " seal_type[0].gs1_element: expected `str` matching regex '^[0-9]{2,4}$', got 'serial'",
        ),
        (
            'port = "/dev/reader"',
            'port = "ttyAMA0"',
            " reader.port: expected `str` matching regex '^/', got 'ttyAMA0'",
        ),
        ('port = "/dev/reader"\n', "", " reader: expected the key `port`, got nothing"),
        ('port = "/dev/scanner"\n', "", " scanner: expected either port or usb, got neither"),
        (
            '[scanner]\nport = "/dev/scanner"\n',
            "",
            ": expected a [scanner], or [[seal_readers]], or both, got neither",
        ),
        (
            '[gate]\nboard = "pi4"\n',
            '[gate]\nboard = "pi4"\n[[seal_readers]]\nport = "/dev/r"\n[[seal_readers]]\n',
            " seal_readers[1]: expected either port or usb, got neither",
        ),
        (
            '[gate]\nboard = "pi4"\n',
            '[gate]\nboard = "pi4"\n[[seal_readers]]\nport = "/dev/r"\nvolume = 11\n',
            " seal_readers[0].volume: expected `int` <= 10, got '11'",
        ),
        (
            'port = "/dev/scanner"',
            'port = "/dev/scanner"\nusb = {vendor = "05e0", product = "1701"}',
            " scanner: expected either port or usb, got both",
        ),
        (
            'port = "/dev/scanner"',
            'usb = {vendor = "5e0", product = "1701"}',
            " scanner.usb.vendor: expected `str` matching regex '^(0x)?[0-9A-Fa-f]{4}$', got '5e0'",
        ),
        (
            'port = "/dev/scanner"',
            'port = "/dev/scanner"\nframing = "crnl"',
            " scanner.framing: expected one of the values that the manual lists, got 'crnl'",
        ),
        (
            'port = "/dev/scanner"',
            'port = "/dev/scanner"\naim = "maybe"',
            " scanner.aim: expected one of the values that the manual lists, got 'maybe'",
        ),
        (
            'port = "/dev/scanner"',
            'port = "/dev/scanner"\nbaud = 100',
            " scanner.baud: expected `int` >= 300, got '100'",
        ),
        ('board = "pi4"\n', "", " gate: expected the key `board`, got nothing"),
        ('board = "pi4"', 'board = "pi4"\npulse_s = 60', " gate.pulse_s: expected `float` <= 5.0, got '60'"),
        ('board = "pi4"', 'board = "pi4"\npulse_s = nan', " gate.pulse_s: expected `float` >= 0.1, got 'nan'"),
        ('board = "pi4"', 'board = "pi4"\nwiring = 3', " gate.wiring: expected `object`, got `int`"),
        (
            "[gate]",
            "[rules]\nmost_uplifts = 0\n[gate]",
            " rules.most_uplifts: expected `int` >= 1, got '0'",
        ),
        (
            "[gate]",
            '[cards]\nlevel = "trust"\n[gate]',
            " cards.level: expected one of the values that the manual lists, got 'trust'",
        ),
        (
            "[gate]",
            '[cards]\npin = "sometimes"\n[gate]',
            " cards.pin: expected one of the values that the manual lists, got 'sometimes'",
        ),
        (
            "[gate]",
            "[rules]\nanti_passback_h = nan\n[gate]",
            " rules.anti_passback_h: expected `float` > 0.0, got 'nan'",
        ),
        ("[gate]", "[timeouts]\nsign_s = -1\n[gate]", " timeouts.sign_s: expected `float` > 0.0, got '-1'"),
        (
            "[gate]",
            "[timeouts]\nsign_s = inf\n[gate]",
            " timeouts.sign_s: expected `float` <= 86400.0, got 'inf'",
        ),
        (
            "[gate]",
            "[timeouts]\nsing_s = 30\n[gate]",
            " timeouts: expected a key that the manual lists, got `sing_s`",
        ),
        (
            "[gate]",
            "[checkpoints]\nshift_ends = []\n[gate]",
            " checkpoints.shift_ends: expected `array` of length >= 1, got '[]'",
        ),
        (
            "[gate]",
            '[checkpoints]\nfolder = "/media/stick"\n[gate]',
            " checkpoints: expected the key `shift_ends`, got nothing",
        ),
        (
            "[gate]",
            '[checkpoints]\nshift_ends = [06:00:00, "six"]\n[gate]',
            " checkpoints.shift_ends[1]: expected a time such as 06:00:00, got 'six'",
        ),
        (
            "[gate]",
            '[checkpoints]\nshift_ends = [06:00:00]\nfolder = "stick"\n[gate]',
            " checkpoints.folder: expected `str` matching regex '^/', got 'stick'",
        ),
        (
            "[gate]",
            '[checkpoints]\nshift_ends = [06:00:00]\nprint = "lp"\n[gate]',
            " checkpoints.print: expected `array`, got `str`",
        ),
        ("[gate]", "[backup]\nwarn_after_h = 9\n[gate]", " backup: expected the key `folder`, got nothing"),
        (
            "[gate]",
            '[backup]\nfolder = "/media/stick"\ntimes = []\n[gate]',
            " backup.times: expected `array` of length >= 1, got '[]'",
        ),
        (
            "[gate]",
            '[backup]\nfolder = "stick"\n[gate]',
            " backup.folder: expected `str` matching regex '^/', got 'stick'",
        ),
        (
            "[gate]",
            '[backup]\nfolder = "/media/stick"\nwarn_after_h = 0\n[gate]',
            " backup.warn_after_h: expected `float` > 0.0, got '0'",
        ),
        (
            "[gate]",
            '[approved_list]\nkeys = ["PRIVATE+KEY+x"]\n[gate]',
            " approved_list.keys[0]: expected `str` matching regex "
            r"'^[^\\s+]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]{44}$'"
            ", got 'PRIVATE+KEY+x'",
        ),
        (
            "[gate]",
            '[mail]\nhost = "mail"\nto = ["ses@customs.example"]\n[gate]',
            " mail: expected the key `from`, got nothing",
        ),
        (
            "[gate]",
            MAIL.replace('"ses@', '"Customs <ses@') + "[gate]",
            " mail.to[0]: expected `str` matching regex "
            + repr("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]+$")
            + ", got 'Customs <ses@customs.example'",
        ),
        (
            "[gate]",
            MAIL + 'security = "none"\nuser = "gate"\n[gate]',
            ' mail.security: expected "starttls" or "tls", since a password goes over the line, got "none"',
        ),
        (
            "[gate]",
            "[gatehouse]\nreport_within_h = 0\n[gate]",
            " gatehouse.report_within_h: expected `float` > 0.0, got '0'",
        ),
        (
            "[gate]",
            '[import.horses]\nsheet = "x"\n[gate]',
            " import: expected a key that the manual lists, got `horses`",
        ),
        (
            "[gate]",
            '[import.drivers]\nlicence = "x"\n[gate]',
            " import.drivers: expected a key that the manual lists, got `licence`",
        ),
        (
            "[gate]",
            "[screen]\nlanguages = []\n[gate]",
            " screen.languages: expected `array` of length >= 1, got '[]'",
        ),
        (
            "[gate]",
            '[screen]\nlanguages = ["mi", "de"]\n[gate]',
            " screen.languages[1]: expected one of the values that the manual lists, got 'de'",
        ),
        (
            "[gate]",
            '[screen]\nlanguages = ["mi", "en", "mi"]\n[gate]',
            " screen.languages: expected each language once, got mi, en, mi",
        ),
        (
            "[gate]",
            "[gate",
            ": expected TOML, got Expected ']' at the end of a table declaration (at line 19, column 6)",
        ),
    ],
)
def test_a_wrong_key_gives_one_line_that_names_it(old: str, new: str, line: str) -> None:
    with pytest.raises(SiteError) as caught:
        parse_site(with_(old, new))
    assert str(caught.value) == f"site.toml{line}{MEND}"
    assert caught.value.where == f"site.toml{line}".partition(": ")[0]


def test_everything_that_is_wrong_is_told_in_one_run_a_line_each() -> None:
    text = with_("[gate]", "[gatte]").replace('form = "bolt"', 'form = "rope"').replace("18:30:00", '"late"')
    text = text.replace("Pacific/Auckland", "Pacific/Atlantis").replace('"SLS0001"', '""').replace("true", '"yes"')
    text += "[scanner.usb]\n[rules]\nmost_uplifts = 0\nmost = 1\n[[seal_readers]]\n[[seal_readers]]\nvolume = 11\n"
    with pytest.raises(SiteError) as caught:
        parse_site(text, "yard.toml")
    assert str(caught.value).splitlines() == [
        f"yard.toml{line}{MEND}"
        for line in (
            " site.id: expected `str` of length >= 1, got ''",
            " access[0].closes: expected a time such as 06:00:00, got 'late'",
            " access[0].attended: expected `bool`, got `str`",
            " seal_type[0].form: expected one of the values that the manual lists, got 'rope'",
            " scanner.usb: expected the key `vendor`, got nothing",
            " scanner.usb: expected the key `product`, got nothing",
            ": expected a key that the manual lists, got `gatte`",
            " rules.most_uplifts: expected `int` >= 1, got '0'",
            " rules: expected a key that the manual lists, got `most`",
            " seal_readers[1].volume: expected `int` <= 10, got '11'",
            ": expected the key `gate`, got nothing",
        )
    ]


def test_what_no_shape_says_is_told_beside_what_is_wrong_elsewhere() -> None:
    text = (
        with_("Pacific/Auckland", "Pacific/Atlantis").replace("[0-9]{7}", "[0-9{7").replace('"pi4"', '"pi4"\npuls = 1')
    )
    text += "[[seal_readers]]\n"
    with pytest.raises(SiteError) as caught:
        parse_site(text)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        f"site.toml{where}"
        for where in (" gate", " site.timezone", " seal_type 'SES bolt' pattern", " seal_readers[0]")
    ]


def test_a_site_that_says_nothing_of_lists_and_sheets_has_no_keys_and_our_own_columns() -> None:
    site = parse_site(LEAST)
    assert (site.list_keys, dict(site.imports)) == ((), {})
    assert (site.plan.list_warn_days, site.plan.list_override_h) == (14, 24.0)


def test_the_offices_sheets_and_the_keys_of_the_approved_list_are_read() -> None:
    key = "issuer.example/lists+0a1b2c3d+" + "A" * 44
    site = parse_site(
        LEAST
        + f'[approved_list]\nkeys = ["{key}"]\nwarn_days = 30\noverride_h = 4\n'
        + '[import.bookings]\nsheet = "Week 5"\ncolumns = { unit = "Container No." }\nconstants = { mode = "sea" }\n'
        + "[import.approved-list]\n"
    )
    assert site.list_keys == (key,)
    assert (site.plan.list_warn_days, site.plan.list_override_h) == (30, 4.0)
    assert site.imports == {
        "bookings": SheetSettings({"unit": "Container No."}, "Week 5", {"mode": "sea"}),
        "approved-list": SheetSettings(),
    }


def test_a_backup_folder_alone_gives_two_backups_a_day_and_a_warning_after_a_day_and_a_half() -> None:
    site = parse_site(LEAST + '[backup]\nfolder = "/media/stick/backups"\n')
    assert site.backup == BackupSettings(Path("/media/stick/backups"), (time(12), time(20)), 36.0)


@pytest.mark.parametrize(
    ("said", "port", "security"),
    [
        ("", 587, MailSecurity.STARTTLS),
        ('security = "tls"\n', 465, MailSecurity.TLS),
        ('security = "none"\n', 25, MailSecurity.NONE),
        ("port = 2525\n", 2525, MailSecurity.STARTTLS),
    ],
)
def test_a_mail_server_is_spoken_to_at_the_port_of_its_security(said: str, port: int, security: MailSecurity) -> None:
    assert parse_site(LEAST + MAIL + said).mail == MailSettings(
        "mail", port, security, "gate@packhouse.example", ("ses@customs.example",)
    )


def test_where_the_figures_go_stands_in_the_settings_and_nowhere_is_what_is_left_out() -> None:
    assert parse_site(LEAST).metrics is None
    by_file = parse_site(f'{LEAST}[metrics]\nfile = "/var/lib/prometheus/node-exporter/sealgate.prom"\n').metrics
    assert by_file == MetricsSettings(Path("/var/lib/prometheus/node-exporter/sealgate.prom"), 15.0, None)
    http = parse_site(f"{LEAST}[metrics]\nevery_s = 60\n[metrics.http]\n").metrics
    assert http == MetricsSettings(None, 60.0, MetricsHttp("127.0.0.1", 9842, ""))
    told = '[metrics.http]\nhost = "192.168.1.5"\nport = 9000\nreason = "the office\'s Prometheus"\n'
    other = parse_site(LEAST + told).metrics
    assert other is not None
    assert other.http == MetricsHttp("192.168.1.5", 9000, "the office's Prometheus")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("[metrics]\n", "metrics: expected a file, or [metrics.http], or both, got neither"),
        ('[metrics]\nfile = "/tmp/x.txt"\n', "metrics.file: expected a file whose name ends in .prom"),
        ('[metrics.http]\nhost = "0.0.0.0"\n', "metrics.http.reason: expected a reason, since everybody"),
        ('[metrics.http]\nhost = "::"\nreason = " "\n', "metrics.http.reason: expected a reason, since everybody"),
        ('[metrics.http]\nhost = "gate"\n', "metrics.http.host: expected an address of this machine"),
        ('[metrics]\nfile = "/a.prom"\nevery_s = 1\n', "metrics.every_s: expected `float` >= 5.0, got '1'"),
    ],
)
def test_figures_that_would_go_nowhere_or_to_everybody_unasked_are_refused(said: str, line: str) -> None:
    with pytest.raises(SiteError) as refused:
        parse_site(LEAST + said)
    assert line in str(refused.value)


def test_what_the_mail_server_and_the_gatehouse_take_stands_in_the_settings() -> None:
    said = 'user = "gate"\npassword_file = "/etc/sealgate/mail"\nca = "/etc/ssl/site.pem"\n'
    site = parse_site(LEAST + MAIL + said + GATEHOUSE)
    assert site.mail is not None
    assert (site.mail.user, site.mail.password_file, site.mail.ca) == (
        *("gate", Path("/etc/sealgate/mail"), Path("/etc/ssl/site.pem")),
    )
    assert site.gatehouse == GatehouseSettings(4.0, 9.5, 12.0, CameraReference.ALWAYS)
    usual = GatehouseSettings(24.0, 12.0, 24.0, CameraReference.ODD)
    assert (parse_site(LEAST).mail, parse_site(LEAST).gatehouse) == (None, usual)


def test_a_file_is_read_and_its_own_name_stands_in_the_line(tmp_path: Path) -> None:
    path = tmp_path / "yard.toml"
    path.write_text(LEAST, encoding="utf-8")
    assert read_site(path) == parse_site(LEAST)
    path.write_text(with_('board = "pi4"\n', ""), encoding="utf-8")
    with pytest.raises(SiteError, match=r"^yard\.toml gate: expected the key `board`"):
        read_site(path)


def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    with pytest.raises(SiteError) as missing:
        read_site(path)
    assert str(missing.value) == f"{path}: expected a readable file, got No such file or directory{MEND}"
    path.write_bytes(LEAST.encode() + b"# caf\xe9")
    with pytest.raises(SiteError) as garbled:
        read_site(path)
    assert str(garbled.value).startswith(f"{path}: expected UTF-8 text, got byte {len(LEAST) + 5}: ")
