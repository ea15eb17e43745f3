"""The real screen under Textual's pilot, with the test as the station."""

import asyncio

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.widgets import Input

from kiosk.console.messages import (
    ChooseContainer,
    Countdown,
    DriverKnown,
    SealEntry,
    Show,
    Step,
    StopKind,
    Stopped,
    Told,
)
from kiosk.console.wishes import AnswerStep, Ask, AskToKey, Cancel, ChooseLoad, GoOn, KeySeal, KeyUnit, StillHere
from kiosk.core.said import Said
from kiosk.ui.driver.app import DriverApp
from kiosk.ui.driver.dialogue import NEW_QUESTION_LOCK_S, Key, Pick, Press
from kiosk.ui.driver.pane import DriverPane
from kiosk.ui.driver.widgets import Buttons, CountdownBar
from kiosk.ui.glyphs import Glyphs, terminal_glyphs
from tests.ui.samples import NOTED, NOW, SAMPLES, SCANNER_LOST, UNIT, WELL, loads, seal, shown, verify
from tests.ui.steady import Clock, Station

SMALL, LARGE = (80, 24), (160, 50)
PATIENCE_S = 5.0
"""Seconds that a test waits for the screen before it fails."""


class Kiosk:
    """A screen, its station and its clock."""

    def __init__(self, *told: Told) -> None:
        self.clock = Clock()
        self.station = Station(*told)
        self.app = DriverApp(self.station.link, clock=self.clock, glyphs=Glyphs.BLOCKS)

    @property
    def pane(self) -> DriverPane:
        return self.app.query_one(DriverPane)

    @property
    def wishes(self) -> list[object]:
        """What was asked, without the words that the driver is there."""
        return [ask.wish for ask in self.station.asked if not isinstance(ask.wish, StillHere)]

    async def press(self, pilot: Pilot[int], *keys: str) -> None:
        """Press keys as far apart as a calm driver does."""
        for key in keys:
            self.clock.now += NEW_QUESTION_LOCK_S
            await pilot.press(key)

    async def tell(self, pilot: Pilot[int], message: Told) -> None:
        """Tell from another thread, as the station does, and wait until it is on screen."""
        await asyncio.to_thread(self.station.link.tell, message)
        async with asyncio.timeout(PATIENCE_S):
            while message not in (self.pane.dialogue.show, self.pane.dialogue.health, self.pane.dialogue.news):
                await pilot.pause()
        await pilot.pause()

    async def touch(self, pilot: Pilot[int], press: Press) -> None:
        """Touch the middle of the button that does this."""
        self.clock.now += NEW_QUESTION_LOCK_S
        for buttons in self.app.query(Buttons):
            for placed in buttons.placed if buttons.display else ():
                if placed.button.press == press:
                    middle = (placed.x + placed.width // 2, placed.y + placed.height // 2)
                    assert await pilot.click(buttons, offset=middle)
                    await pilot.pause()
                    return
        pytest.fail(f"no button for {press} on screen")

    def text(self) -> str:
        """What stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)


@pytest.mark.parametrize(
    ("sample", "keys", "wish"),
    [
        ("driver_known", ["enter"], GoOn()),
        ("driver_known", ["escape"], Cancel()),
        ("choose", ["2"], ChooseLoad("load-2")),
        ("choose", ["end"], ChooseLoad("load-1")),
        ("choose_many", ["7", "5", "enter"], ChooseLoad("load-75")),
        ("choose", ["0", *UNIT, "backspace", "3", "enter"], KeyUnit(UNIT)),
        ("choose", [*UNIT.lower(), "enter"], KeyUnit(UNIT)),
        ("check_package", ["2"], AnswerStep(Step.PACKAGE, good=False)),
        ("view_bolt", ["1"], AnswerStep(Step.VIEW, good=True)),
        ("verify_scan_or_key", ["1"], AskToKey()),
        ("verify_key_again", [*"NZ7", "enter"], KeySeal("NZ7")),
        ("sign", ["escape"], Cancel()),
        ("held", ["enter"], GoOn()),
    ],
)
async def test_keys_ask_what_the_screen_says(sample: str, keys: list[str], wish: object) -> None:
    kiosk = Kiosk(*SAMPLES[sample].told)
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await kiosk.press(pilot, *keys)
        assert kiosk.wishes == [wish]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
@pytest.mark.parametrize(
    ("sample", "presses", "wish"),
    [
        ("driver_known", [Key("enter")], GoOn()),
        ("choose", [Pick(3)], ChooseLoad("load-3")),
        ("choose_many", [Key("+"), Key("+"), Key("-"), Pick(22)], ChooseLoad("load-22")),
        ("choose", [Key("0"), *map(Key, "A-1/"), Key("backspace"), Key("enter")], KeyUnit("A-1")),
        ("view_bolt", [Key("2")], AnswerStep(Step.VIEW, good=False)),
        ("verify_key_first", [Key("A"), Key(" "), Key("9"), Key("enter")], KeySeal("A 9")),
        ("verify_key_first", [Key("escape"), Key("escape")], Cancel()),
    ],
)
async def test_touches_ask_the_same_as_keys(
    size: tuple[int, int], sample: str, presses: list[Press], wish: object
) -> None:
    kiosk = Kiosk(*SAMPLES[sample].told)
    async with kiosk.app.run_test(size=size) as pilot:
        await pilot.pause()
        for press in presses:
            await kiosk.touch(pilot, press)
        assert kiosk.wishes == [wish]


async def test_a_double_press_answers_one_question() -> None:
    kiosk = Kiosk(WELL, shown(seal(Step.VIEW, 1), revision=1))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await kiosk.press(pilot, "1")
        await kiosk.tell(pilot, shown(seal(Step.TUG, 3), revision=2))
        await pilot.press("1", "1")
        assert kiosk.station.asked == [Ask(1, AnswerStep(Step.VIEW, good=True))]
        await kiosk.press(pilot, "2")
        assert kiosk.station.asked[1:] == [Ask(2, AnswerStep(Step.TUG, good=False))]


async def test_what_the_station_tells_from_its_thread_is_drawn() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "The gate is not ready yet." in kiosk.text()
        await kiosk.tell(pilot, SCANNER_LOST)
        await kiosk.tell(pilot, shown(DriverKnown("Ann Lee", "Southern Cartage", attended=False)))
        assert "! SCANNER LOST" in kiosk.text()
        assert "No staff here now." in kiosk.text()


async def test_a_screen_that_is_started_anew_shows_the_same() -> None:
    kiosk = Kiosk(WELL, shown(seal(Step.TUG, 3)))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        before = kiosk.text()
    kiosk.app = DriverApp(kiosk.station.link, clock=kiosk.clock, glyphs=Glyphs.BLOCKS)
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert kiosk.text() == before
        await kiosk.press(pilot, "1")
        assert kiosk.wishes == [AnswerStep(Step.TUG, good=True)]


async def test_the_owner_can_end_the_screen() -> None:
    kiosk = Kiosk(WELL)
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        kiosk.app.exit()
    assert kiosk.app.return_code == 0


async def test_a_screen_too_small_says_so_and_takes_no_answers_until_it_is_larger() -> None:
    kiosk = Kiosk(WELL, shown(seal(Step.VIEW, 1)))
    async with kiosk.app.run_test(size=(79, 24)) as pilot:
        await kiosk.press(pilot, "1")
        assert "Make this window larger." in kiosk.text()
        assert kiosk.wishes == []
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Make this window larger." not in kiosk.text()
        assert "BROKEN" in kiosk.text() or "CHECK 1 OF 4" in kiosk.text()
        await kiosk.press(pilot, "1")
        assert kiosk.wishes == [AnswerStep(Step.VIEW, good=True)]


async def test_resizing_keeps_what_was_keyed() -> None:
    kiosk = Kiosk(WELL, shown(verify(SealEntry.KEY_FIRST)))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await kiosk.press(pilot, *"NZ7")
        for size in (LARGE, (60, 20), (100, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert "N Z 7 _" in kiosk.text()


async def test_the_countdown_runs_with_the_clock_and_is_gone_with_its_end() -> None:
    kiosk = Kiosk(WELL, shown(seal(Step.VIEW, 1), left_s=42.0))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "TIME 42 s left" in kiosk.text()
        kiosk.clock.now = NOW + 35.5
        kiosk.app.query_one(CountdownBar).tick(kiosk.clock())
        await pilot.pause()
        assert "HURRY! 7 s left" in kiosk.text()
        await kiosk.tell(pilot, shown(seal(Step.VIEW, 1), left_s=None, revision=8))
        assert "left" not in kiosk.text().split("\n")[-1]


async def test_the_countdown_moves_by_itself() -> None:
    kiosk = Kiosk(WELL, shown(seal(Step.VIEW, 1), left_s=42.0))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        kiosk.clock.now += 2
        async with asyncio.timeout(PATIENCE_S):
            while "TIME 40 s left" not in kiosk.text():
                await pilot.pause(0.01)


class Aside(App[None]):
    """The pane with a line for whoever runs it, as the demo has it."""

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station

    def compose(self) -> ComposeResult:
        yield DriverPane(self._station.link, clock=Clock(), glyphs=Glyphs.BLOCKS, aside="Press F2.")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_a_line_aside_is_in_the_lowest_row_and_nowhere_while_a_countdown_runs(size: tuple[int, int]) -> None:
    station = Station(WELL, *SAMPLES["attract"].told)
    app = Aside(station)

    def rows() -> list[str]:
        return [strip.text for strip in app.screen._compositor.render_strips()]

    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        idle = rows()
        assert idle[-1].strip() == "Press F2."
        for revision, left_s in ((8, 42.0), (9, None)):
            station.link.tell(shown(seal(Step.VIEW, 1), left_s=left_s, revision=revision))
            async with asyncio.timeout(PATIENCE_S):
                while ("Press F2." in rows()[-1]) is not (left_s is None):
                    await pilot.pause()
        station.link.tell(SAMPLES["attract"].told[-1])
        async with asyncio.timeout(PATIENCE_S):
            while rows() != idle:
                await pilot.pause()
    alone = DriverApp(Station(WELL, *SAMPLES["attract"].told).link, clock=Clock(), glyphs=Glyphs.BLOCKS)
    async with alone.run_test(size=size) as its:
        await its.pause()
        assert [strip.text for strip in alone.screen._compositor.render_strips()][:-1] == idle[:-1]


async def test_typing_says_that_the_driver_is_there() -> None:
    kiosk = Kiosk(WELL, shown(ChooseContainer(loads(3), 1, None), revision=5))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await kiosk.press(pilot, *"CSQU")
        assert kiosk.station.asked == [Ask(5, StillHere())]


class BesideAnother(App[None]):
    """The pane beside a panel with a field of its own, as the demo has it."""

    CSS = "DriverPane { width: 80; } Input { width: 1fr; }"

    def __init__(self, station: Station) -> None:
        super().__init__()
        self._station = station

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield DriverPane(self._station.link, clock=Clock(NOW + 1), glyphs=Glyphs.BLOCKS, id="driver")
            yield Input(id="panel")


async def test_keys_typed_into_a_panel_beside_the_pane_do_not_reach_the_driver() -> None:
    station = Station()
    app = BesideAnother(station)
    async with app.run_test(size=(130, 30)) as pilot:
        pane, panel = app.query_one(DriverPane), app.query_one(Input)
        station.link.tell(
            Show(3, ChooseContainer(loads(3), 1, None), Countdown(NOW + 60, 60), None, card_on_reader=False)
        )
        await pilot.pause()
        pane._clock.now += 1  # type: ignore[attr-defined]
        panel.focus()
        await pilot.pause()
        await pilot.press("1", "enter", "a")
        assert panel.value == "1a"
        assert station.asked == []
        await pilot.click("#title")
        assert app.focused is pane
        await pilot.press("2")
        assert [ask.wish for ask in station.asked] == [ChooseLoad("load-2")]


@pytest.mark.parametrize(
    ("term", "encoding", "glyphs"),
    [
        ("xterm-256color", "utf-8", Glyphs.BLOCKS),
        ("linux", "utf-8", Glyphs.CONSOLE),
        ("xterm", "iso8859-15", Glyphs.CONSOLE),
    ],
)
def test_half_blocks_are_used_only_where_the_terminal_has_them(
    monkeypatch: pytest.MonkeyPatch, term: str, encoding: str, glyphs: Glyphs
) -> None:
    class Out:
        pass

    out = Out()
    out.encoding = encoding  # type: ignore[attr-defined]
    monkeypatch.setattr("sys.__stdout__", out)
    monkeypatch.setenv("TERM", term)
    assert terminal_glyphs() is glyphs


@pytest.mark.parametrize("name", SAMPLES)
async def test_every_screen_shows_the_health_of_every_part_and_on_the_console_no_half_block(name: str) -> None:
    kiosk = Kiosk(*SAMPLES[name].told)
    kiosk.app = DriverApp(kiosk.station.link, clock=kiosk.clock, glyphs=Glyphs.CONSOLE)
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        text = kiosk.text()
    first = text.split("\n")[0]
    parts = (
        ("PĀNUI", "MATAWAI", "ĀRAI", "RĒHITA") if name.endswith("_maori") else ("READER", "SCANNER", "GATE", "LEDGER")
    )
    assert all(part in first for part in parts) or "+R +S +G +L" in first
    assert not set("▀▄▌▐") & set(text)


async def test_every_sentence_of_a_stop_is_on_the_smallest_screen() -> None:
    long = "This sentence is as long as a reason or an advice may well become when it is written for a person."
    stop = Stopped(StopKind.ABANDONED, "TIMED_OUT", Said(long), Said(long), 1047)
    kiosk = Kiosk(WELL, shown(stop, notice=NOTED, card=True))
    async with kiosk.app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        words = " ".join(kiosk.text().split())
    assert words.count(long) == 2
