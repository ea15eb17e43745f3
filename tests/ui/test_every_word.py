"""Everything that a driver reads goes through the catalogues: proved by a language that has no letter of ours.

In it each letter of each message is another one, so what is still to be read on the screen did not come from a
catalogue: it must be data (a name, a number, a code), or what is printed on a key.
"""

import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from gettext import NullTranslations
from typing import Any

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.messages import CheckpointNews, Show
from kiosk.console.presenting import display_of
from kiosk.core import events as ev
from kiosk.core.cards import CardLevel
from kiosk.core.pins import Pin, PinRule
from kiosk.core.reasons import Reason
from kiosk.core.said import Language, Said
from kiosk.ui.driver.app import DriverApp
from kiosk.ui.driver.code import code_view
from kiosk.ui.driver.dialogue import NEW_QUESTION_LOCK_S
from kiosk.ui.driver.speech import LOCALES, Speech
from kiosk.ui.driver.text import countdown_rows, health_words
from kiosk.ui.driver.view import Draft, View
from kiosk.ui.driver.words import view_of
from kiosk.ui.glyphs import Glyphs
from tests.console.test_presenting import MOVES
from tests.core.driving import Ride
from tests.core.samples import PLAN
from tests.ui.everything import NEVER_ON_SCREEN, every_health, every_show
from tests.ui.samples import SAMPLES, SIGNED, Sample, in_language, shown
from tests.ui.steady import Clock, Station

KEYS = {"ENTER", "ESC", "VOID"}
"""What is printed on the keyboard's own keys, and on a torn sticker. Sentences name them as they are printed."""
COMMAND = {"sealgate", "ledger", "checkpoint", "qr"}
OURS = re.compile(r"[A-Za-z]+")
ODD = str.maketrans(string.ascii_letters, "ж" * 26 + "Ж" * 26)


class Odd(NullTranslations):
    """The language that has no letter of ours; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return "".join(
            part if part.startswith("{") else part.translate(ODD) for part in re.split(r"(\{\w+\})", message)
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Odd:
    """Every language is the odd one."""
    odd = Odd()
    speech = Speech(odd)
    for module in ("dialogue", "frame", "pane"):
        monkeypatch.setattr(f"kiosk.ui.driver.{module}.speech_of", lambda _: speech)
    return odd


def data_in(value: object) -> Iterator[str]:
    """Every word of the data that a message carries: not of the sentences, but of what is put into them."""
    match value:
        case Said():
            for _, put in value.put:
                yield from data_in(put)
        case Struct():
            for name in value.__struct_fields__:
                yield from data_in(getattr(value, name))
        case tuple():
            for each in value:
                yield from data_in(each)
        case str():
            yield from OURS.findall(value)


def strings_of(view: View) -> Iterator[str]:
    yield from (view.where, view.title, *(line.text for line in view.lines), *(each.text for each in view.notices))
    yield from (choice.label for choice in view.choices)
    if view.keyed is not None:
        yield from (view.keyed.space, view.keyed.back)


def left_over(texts: Iterator[str], *data: object) -> set[str]:
    """Words on the screen that are neither odd nor data; the keyboard's letters are none."""
    words = {word for text in texts for word in OURS.findall(text)} - set(data_in(data)) - KEYS
    return {word for word in words if len(word) > 1 or word.islower()}


async def screen_of(sample: Sample, size: tuple[int, int]) -> str:
    clock = Clock()
    app = DriverApp(Station(*sample.told).link, clock=clock, glyphs=Glyphs.BLOCKS)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in sample.keys:
            clock.now += NEW_QUESTION_LOCK_S + 0.1
            await pilot.press(key)
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


SMALL, LARGE = (80, 24), (160, 60)


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.endswith("_maori")])
async def test_nothing_but_data_and_keys_is_to_be_read_where_no_catalogue_has_our_letters(name: str, odd: Odd) -> None:
    sample = in_language(SAMPLES[name], Language.ENGLISH)
    text = await screen_of(sample, LARGE)
    assert left_over(iter([text]), sample.told) == set()
    assert "ж" in text.lower()


async def test_neither_is_it_on_a_screen_that_is_too_small(odd: Odd) -> None:
    for size in ((40, 10), (80, 23), (79, 24)):
        text = await screen_of(SAMPLES["held"], size)
        assert left_over(iter([text]), SAMPLES["held"].told) == set()
        assert "79" in text or "40" in text or "23" in text


async def test_nor_on_a_console_too_small_for_the_code(odd: Odd) -> None:
    clock = Clock()
    app = DriverApp(Station(*SAMPLES["checkpoint"].told).link, clock=clock, glyphs=Glyphs.CONSOLE)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        clock.now += 1
        await pilot.press("/")
        await pilot.pause()
        text = "\n".join("".join(part.text for part in strip) for strip in app.screen._compositor.render_strips())
    assert left_over(iter([text]), SAMPLES["checkpoint"].told) == COMMAND


REFUSALS = [
    lambda ride: ride.key_unit("CSQU3054384"),
    lambda ride: ride.key_unit("?"),
    lambda ride: ride.key_unit("ABCU123"),
    lambda ride: ride.scan("x", None),
    lambda ride: ride.key_seal("zz"),
    lambda ride: ride.send(ev.ScanUnreadable("no data", ride.at())),
    lambda ride: ride.send(ev.UpliftAdded(ride.at())),
    lambda ride: ride.send(ev.UpliftsFinished(ride.at())),
    lambda ride: ride.send(ev.LoadChosen("gone", ride.at())),
    lambda ride: ride.send(ev.CardNotTaken(Reason.CARD_UNREADABLE, ride.at())),
    lambda ride: ride.send(ev.PartChanged(ev.Part.READER, False, "silent", "plug it in", ride.at())),
    lambda ride: ride.send(ev.Cancelled(ride.at())),
    lambda ride: ride.scan("NZ100001"),
    lambda ride: ride.key_unit("CSQU3054383"),
]


def no_words_of(ride: Ride) -> set[str]:
    """Words that a driver would read of a lane in the odd language, and that are not data."""
    show = Show(1, display_of(ride.lane, "04 555 0100", ride.at()), None, _notice(ride), card_on_reader=True)
    say = Speech(Odd())
    drafts = (Draft(), Draft(entering=True, text="0"))
    return {word for draft in drafts for word in left_over(strings_of(view_of(show, draft, say)), show)}


def _notice(ride: Ride) -> Said | None:
    return ride.lane.visit.file.notice if ride.lane.visit is not None else None


@given(st.sampled_from(PinRule), st.sampled_from(CardLevel), st.lists(st.sampled_from(MOVES + REFUSALS), max_size=25))
def test_wherever_the_state_machine_goes_its_displays_have_no_words_of_their_own(
    pin: PinRule, level: CardLevel, moves: list[Any]
) -> None:
    ride = Ride(plan=replace(PLAN, pin=pin, card_level=level))
    for move in moves:
        try:
            move(ride)
        except Exception:  # noqa: BLE001 - what a state does not take changes nothing
            continue
        assert no_words_of(ride) == set()


def test_a_word_that_goes_past_the_catalogues_is_found() -> None:
    ride = Ride().to_verify()
    assert ride.lane.visit is not None
    show = shown(display_of(ride.lane, "04", ride.at()))
    assert left_over(strings_of(view_of(show, Draft(), Speech(Odd()))), show) == set()
    assert left_over(strings_of(view_of(show, Draft(), Speech(NullTranslations()))), show) >= {"SCAN", "trigger"}
    smuggled = replace(ride.lane.visit.file, problem=Said("Scan {what}.", (("what", Said("it")),)))
    ride.lane.visit.file = smuggled
    assert no_words_of(ride) == set()


async def test_every_message_of_the_catalogues_is_on_some_screen(odd: Odd) -> None:
    """A message that no test sees may be cut off, or be no message any more."""
    say = Speech(odd)
    for show in every_show():
        for draft in (Draft(), Draft(entering=True, text="X"), Draft(text="1"), Draft(first=9), Draft(pin=Pin("7403"))):
            view_of(show, draft, say)
    for health in every_health():
        health_words(health, say)
    for news in (SIGNED, CheckpointNews(trouble="no stick"), replace(SIGNED, entries=1)):
        code_view(news, say)
    view_of(None, Draft(), say)
    for month in range(1, 13):
        say.moment(datetime(2026, month, 1, tzinfo=UTC))
    for left_s in (5.0, 50.0):
        countdown_rows(left_s, 60.0, 80, 1, Glyphs.BLOCKS, say)
    await screen_of(SAMPLES["held"], (40, 10))
    await test_nor_on_a_console_too_small_for_the_code(odd)
    assert sorted(set(messages()) - odd.asked - NEVER_ON_SCREEN) == []


def messages() -> Iterator[str]:
    """Every message, by its English."""
    with (LOCALES / "sealgate.pot").open("rb") as file:
        for message in read_po(file):
            if message.id:
                yield message.id if isinstance(message.id, str) else message.id[0]
