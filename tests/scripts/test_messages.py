"""scripts/messages.py: what it finds, what it keeps, and what it will not let pass."""

import ast
import subprocess
import sys
from collections.abc import Callable
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from babel.messages import Catalog

from kiosk.core.reasons import Reason, ReasonText, StopKind
from kiosk.core.said import Language
from kiosk.ui.driver.speech import DOMAIN, LOCALES
from scripts import messages
from scripts.messages import KEYWORDS, brought_up, calls, faults, files, found, main, plain, sources

RUN_LIMIT_S = 120
MAORI = Language.MAORI


def catalogue(*translations: tuple[str | tuple[str, str], str | tuple[str, ...]]) -> Catalog:
    made = plain(MAORI)
    for message, string in translations:
        made.add(message, string)
    return made


def path_of(locales: Path, language: Language, kind: str) -> Path:
    return locales / language.value / "LC_MESSAGES" / f"{DOMAIN}.{kind}"


def test_the_catalogues_in_the_repository_are_fresh_and_whole() -> None:
    made, told = files()
    assert told == []
    assert [path.name for path, data in made.items() if path.read_bytes() != data] == []


def test_every_language_has_a_catalogue_and_every_catalogue_is_a_language() -> None:
    assert {path.name for path in LOCALES.iterdir() if path.is_dir()} == {each.value for each in Language}


def test_who_reads_the_catalogue_of_te_reo_is_told_that_nobody_has_reviewed_it() -> None:
    head = path_of(LOCALES, MAORI, "po").read_text("utf-8")[:400]
    assert "NOT REVIEWED" in head
    assert "fluent reader's review" in head


def test_every_reason_is_found_by_itself() -> None:
    template = found()
    for reason in Reason:
        assert reason.text.headline in template
        assert reason.text.advice in template


def test_a_call_in_an_f_string_and_one_with_a_note_are_found_and_a_name_is_not() -> None:
    source = b"""
x = f"! {say('CARDS FAIL')}"
# Translators: of a key
y = say.within("key", "BACK", n=1)
z = said_of(left, "one", "many", left=left)
say(text)
other("no message")
said["no"](self)
"""
    found_calls = list(calls(BytesIO(source), KEYWORDS, ("Translators:",), {}))
    assert [(name, arguments, notes) for _, name, arguments, notes in found_calls] == [
        ("say", ("CARDS FAIL",), []),
        ("within", ("key", "BACK"), ["Translators: of a key"]),
        ("said_of", (None, "one", "many"), []),
        ("say", (None,), []),
    ]


def test_what_is_said_by_a_name_is_noted_somewhere() -> None:
    """A call whose message is not in it says what `noted`, a Reason or the core's `said` has named."""
    by_name = {
        (path.name, ast.unparse(call.args[0]))
        for path in sources()
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"say", "said"}
        and not isinstance(call.args[0], ast.Constant)
    }
    assert by_name == {
        ("checking.py", "who.text.headline"),
        ("deciding.py", "reason.text.headline"),
        ("presenting.py", "text.headline"),
        ("presenting.py", "text.advice"),
        ("checking.py", "title"),
        ("checking.py", "text"),
        ("checking.py", "sentences[-1]"),
        ("checking.py", "good"),
        ("checking.py", "bad"),
        ("frame.py", "_card_hint(show.display)"),
        ("text.py", "words"),
        ("text.py", "_PARTS[health.part]"),
        ("text.py", "_CARDS[health.card_level]"),
        ("text.py", "_MACHINE[each]"),
        ("text.py", "hurry if is_last(left_s, length_s) else calm"),
        ("visiting.py", "_TITLES[display.ask]"),
        ("visiting.py", "whole"),
        ("visiting.py", "text"),
        ("visiting.py", "label"),
        ("visiting.py", "_INDUCTED[each]"),
        ("words.py", "_HOW_CARDS_COUNT[level]"),
        ("words.py", "_CARD_SHOWED[display.card_level]"),
        ("words.py", "here if display.attended else gone"),
        ("words.py", "where"),
        ("words.py", "title"),
    }


@pytest.mark.parametrize(
    ("translations", "told"),
    [
        ([("Wait.", "Taihoa.")], []),
        ([("Wait.", "")], ["mi: 'Wait.': expected a translation"]),
        ([(("{n} try", "{n} tries"), ("{n} te", "{n} ngā"))], []),
        ([(("{n} try", "{n} tries"), ("{n} te", ""))], ["mi: '{n} try': expected a translation, of each plural form"]),
        ([(("{n} try", "{n} tries"), ("{n} te",))], ["mi: '{n} try': expected a translation, of each plural form"]),
        ([("Call {who}.", "Waea atu ki {wai}.")], ["mi: 'Call {who}.': expected the places ['who']"]),
        ([("Call {who}.", "Waea atu.")], ["mi: 'Call {who}.': expected the places ['who']"]),
        ([("Call {who}.", "Waea atu ki {who.")], ["mi: 'Call {who}.': expected the places ['who']"]),
        ([(("{n} try", "{n} tries"), ("{n} te", "ngā"))], ["mi: '{n} try': expected the places ['n'], got 'ngā'"]),
    ],
)
def test_what_is_not_translated_as_it_should_be_is_told(
    translations: list[tuple[str | tuple[str, str], str | tuple[str, ...]]], told: list[str]
) -> None:
    lines = list(faults(MAORI, catalogue(*translations)))
    assert len(lines) == len(told)
    assert all(line.startswith(begins) for line, begins in zip(lines, told, strict=True))


def test_a_translation_that_is_marked_fuzzy_is_told() -> None:
    made = plain(MAORI)
    made.add("Wait.", "Taihoa.", flags=["fuzzy"])
    assert [line.split(": expected")[0] for line in faults(MAORI, made)] == ["mi: 'Wait.'"]


def test_translations_and_remarks_stay_and_what_the_source_has_no_more_goes() -> None:
    template, before = plain(None), plain(MAORI)
    template.add("Wait.")
    template.add("Stop.")
    before.add("Wait.", "Taihoa.", user_comments=["Reviewed 2026-11-30."])
    before.add("Gone.", "Kua kore.")
    after = brought_up(template, MAORI, before)
    assert [(each.id, each.string, each.user_comments) for each in after if each.id] == [
        ("Wait.", "Taihoa.", ["Reviewed 2026-11-30."]),
        ("Stop.", "", []),
    ]


def spoil_po(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'msgid "Please wait."', b'msgid "Please hold."'))


def spoil_mo(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("kind", "spoil", "told"),
    [
        ("po", spoil_po, "mi/LC_MESSAGES/sealgate.po: expected it as the source has it now, got it stale"),
        ("mo", spoil_mo, "mi/LC_MESSAGES/sealgate.mo: expected it as the source has it now, got it stale"),
        ("mo", Path.unlink, "mi/LC_MESSAGES/sealgate.mo: expected it as the source has it now, got it stale"),
    ],
)
def test_a_stale_file_fails_the_check_and_is_made_anew(
    tmp_path: Path,
    kind: str,
    spoil: Callable[[Path], None],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    locales = tmp_path / "locales"
    monkeypatch.setattr(sys, "argv", ["messages.py", "--locales", str(locales)])
    for path, data in files()[0].items():
        copy = locales / path.relative_to(LOCALES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    assert main() == 0
    spoil(path_of(locales, MAORI, kind))
    monkeypatch.setattr(sys, "argv", ["messages.py", "--check", "--locales", str(locales)])
    assert main() == 1
    assert told in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["messages.py", "--locales", str(locales)])
    assert main() == (1 if kind == "po" else 0)  # the message that was there has no translation any more


def test_a_new_reason_fails_the_check_until_it_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    added = SimpleNamespace(name="NEW", text=ReasonText(StopKind.HOLD, "5.2", "The moon is out", "Wait for it."))
    monkeypatch.setattr(messages, "Reason", [*Reason, added])
    _, told = files()
    assert [line.partition(": expected")[0] for line in told] == ["mi: 'The moon is out'", "mi: 'Wait for it.'"]


@pytest.mark.parametrize("language", Language)
def test_pythons_own_gettext_reads_what_was_compiled(language: Language) -> None:
    with path_of(LOCALES, language, "mo").open("rb") as file:
        read = GNUTranslations(file)
    assert read.gettext("Please wait.") == {"en": "Please wait.", "mi": "Taihoa koa."}[language.value]
    one, many = "Wrong PIN. {left} try left.", "Wrong PIN. {left} tries left."
    assert len({read.ngettext(one, many, number) for number in (1, 2)}) == 2


def test_the_wheel_brings_the_compiled_catalogues_along(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=messages.ROOT, check=True, capture_output=True, timeout=RUN_LIMIT_S)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        for language in Language:
            name = str(path_of(LOCALES, language, "mo").relative_to(messages.ROOT))
            assert packed.read(name) == path_of(LOCALES, language, "mo").read_bytes()
