"""The demo on a screen: the driver's pane, and beside it a panel that plays everything around the kiosk."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final

from msgspec import Struct
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hw.bench.cards import random_uid_phone
from hw.bench.rf import Card
from hw.bench.symbology import Symbology
from hw.boards import Wiring, load_board
from hw.pins import OutputLine
from kiosk.app import end_app
from kiosk.console.link import InProcessLink
from kiosk.core.errors import SealgateError
from kiosk.core.parties import StaffMember
from kiosk.demo.bench import Bench
from kiosk.demo.duty import Sign
from kiosk.demo.staff import ACCOUNTS
from kiosk.demo.yard import Person, Yard
from kiosk.kiosk_screen import show_console
from kiosk.ledger.errors import LedgerError
from kiosk.ui.driver.pane import DriverPane

REFRESH_S: Final = 0.25
"""Seconds between two looks at lamps and barrier: what a person sees as at once."""


class Deed(Struct, frozen=True):
    """Something that the panel can do.

    Attributes:
        words: What the list says; asked anew after each deed.
        do: Does it.
    """

    words: Callable[[], str]
    do: Callable[[], None]


ANYBODY: Final = 0
"""No session: whoever comes to the staff console logs on there."""

LAMPS: Final = ("off", "GREEN", "AMBER", "RED")
"""Colours of the seal reader's lamp, as its firmware counts them."""

HELP: Final = """F2 driver's screen  F3 staff  F10 leave
Enter or a click does what the line says"""

ASIDE: Final = "DEMO   F2: lay a card, scan a seal, drive the truck   F10: leave"
"""Where the driver's screen leaves its lowest row free, which it does until a card is tapped: on a narrow terminal
nothing else tells that there is a panel."""


class DemoApp(App[int]):
    """The driver's pane at the left, the panel at the right. F2 goes to and fro between them.

    It ends with a session when a badge's PIN was right, which the staff console then goes on with; F3 ends it with
    ANYBODY, for a staff console where people log on.

    On a narrow terminal the panel lies over the pane while it is in use, so that the driver's screen stays as it is.
    """

    TITLE = "Sealgate demo"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "other_side", "panel", priority=True),
        Binding("f3", "console", "staff console", priority=True),
        Binding("f10", "leave", "leave", priority=True),
    ]
    CSS = """
    Screen { background: #000000; overflow: hidden; }
    Horizontal { layers: below above; }
    DriverPane { width: 1fr; }
    #panel { width: 44; border-left: heavy #808080; background: #101820; color: #ffffff; }
    #panel.-over { layer: above; dock: right; }
    #panel.-away { display: none; }
    #state { height: auto; padding: 0 1; background: #203040; }
    #help { height: 2; padding: 0 1; color: #b0c4de; }
    OptionList { height: 1fr; background: #101820; border: none; scrollbar-size-vertical: 1; }
    """

    def __init__(
        self,
        link: InProcessLink,
        bench: Bench,
        yard: Yard,
        sign: Sign,
        leave: Callable[[], None],
        drawn: Callable[[], None],
        password: str = "",
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        language = bench.site.languages[0]
        self._pane = DriverPane(link, aside=ASIDE, language=language, on_first_draw=drawn, on_staff=self.exit)
        self._password = password
        self._bench = bench
        self._wiring: Wiring = load_board(bench.site.gate.board, bench.site.gate.wiring).wiring
        self._sign = sign
        self._leave = leave
        self._narrow = False
        self._phone = random_uid_phone()
        self._state = ""
        self._deeds = self._all_deeds(yard)

    def compose(self) -> ComposeResult:
        """The pane and the panel."""
        with Horizontal():
            yield self._pane
            with Vertical(id="panel"):
                yield Static(id="state")
                yield OptionList(*self._options(), id="deeds")
                yield Static(HELP, id="help")

    def on_mount(self) -> None:
        """Start on the driver's side, with the state shown from the first moment."""
        self._pane.focus()
        self._look()
        self.set_interval(REFRESH_S, self._look)

    def on_resize(self, event: events.Resize) -> None:
        """Side by side where there is room for both."""
        self._narrow = event.size.width < WIDE
        self._place_panel()

    def on_descendant_focus(self) -> None:
        """Whichever way the focus came to the driver's pane, by key or by touch, the panel does not stay over it."""
        self._place_panel()

    def action_other_side(self) -> None:
        """Go to the panel, or back to the driver's pane."""
        deeds = self.query_one("#deeds", OptionList)
        if deeds.has_focus:
            self._pane.focus()
        else:
            self.query_one("#panel").remove_class("-away")
            deeds.focus()

    def _place_panel(self) -> None:
        panel = self.query_one("#panel")
        panel.set_class(self._narrow, "-over")
        panel.set_class(self._narrow and not self.query_one("#deeds").has_focus, "-away")

    async def action_quit(self) -> None:
        """Nothing: F10 leaves, in an orderly way."""

    def action_help_quit(self) -> None:
        """Nothing, for the same reason."""

    def action_suspend_process(self) -> None:
        """Nothing: a gate is not put to sleep by a key."""

    def action_console(self) -> None:
        """Make place for a staff console."""
        self.exit(ANYBODY)

    def action_leave(self) -> None:
        """End the demo in an orderly way."""
        self._leave()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do what the line says, and go back to the driver's pane on a narrow terminal."""
        self._deeds[int(event.option.id or 0)].do()
        for number, deed in enumerate(self._deeds):
            event.option_list.replace_option_prompt(str(number), deed.words())
        if self._narrow:
            self._pane.focus()

    def _look(self) -> None:
        wiring, board = self._wiring, self._bench.board

        def lit(line: OutputLine) -> bool:
            return board.level(line.bcm) is line.active

        lamps = " ".join(
            name.upper() if lit(line) else name
            for name, line in (("red", wiring.lamp_red), ("amber", wiring.lamp_amber), ("green", wiring.lamp_green))
        )
        barrier = "OPENING" if lit(wiring.barrier) else "at rest"
        laid = ", ".join(self._name_of(card) for card in self._bench.reader.cards) if self._bench.reader else "yours"
        state = (
            f"BENCH\nbarrier relay: {barrier}\nlamps: {lamps}\nbuzzer: {'ON' if lit(wiring.buzzer) else 'off'}\n"
            f"on the reader: {laid or 'nothing'}"
        )
        if (seal := self._bench.seal_reader) is not None:
            state += f"\nseal reader: lamp {LAMPS[seal.lamp]}{f', {seal.tone} Hz' if seal.tone else ''}"
        if self._password:
            people = ", ".join(f"{each.staff} ({each.role})" for each in ACCOUNTS)
            state += f"\nF3 staff console: {people}\npassword of all: {self._password}"
        if state != self._state:
            self._state = state
            self.query_one("#state", Static).update(state)

    def _name_of(self, card: Card) -> str:
        return self._names.get(id(card), "a phone")

    # --- what can be done ---------------------------------------------------------------------------

    def _options(self) -> list[Option]:
        return [Option(deed.words(), id=str(number)) for number, deed in enumerate(self._deeds)]

    def _all_deeds(self, yard: Yard) -> list[Deed]:
        self._names = {id(person.card): person.name for person in yard.people}
        self._names |= {id(each.card): f"{each.remark} ({each.name})" for each in yard.impostors}
        truck = self._bench.truck
        deeds = [Deed(lambda: "truck: drive onto the entry loop", truck.arrive)]
        if self._bench.reader is not None:
            deeds += [self._card_deed(person.card, _said(person)) for person in yard.people]
            deeds += [self._card_deed(each.card, f"{each.name}: {each.remark}") for each in yard.impostors]
            deeds.append(self._card_deed(self._phone, "a phone (random number)"))
        deeds += self._duty_deeds(yard.staff[0])
        deeds += self._scan_deeds(yard)
        deeds += self._cable_deeds()
        deeds += [
            Deed(lambda: "cabinet: open the door", lambda: truck.cabinet(opened=True)),
            Deed(lambda: "cabinet: close the door", lambda: truck.cabinet(opened=False)),
            Deed(lambda: "truck: drive back off the entry loop", truck.leave_backwards),
        ]
        return deeds

    def _card_deed(self, card: Card, name: str) -> Deed:
        reader = self._bench.reader
        assert reader is not None, "cards are laid on the bench's own reader"

        def words() -> str:
            return f"{'take off' if card in reader.cards else 'card'}: {name}"

        def do() -> None:
            if card in reader.cards:
                reader.take_off(card)
            else:
                reader.take_off()
                reader.lay(card)

        return Deed(words, do)

    def _duty_deeds(self, who: StaffMember) -> list[Deed]:
        def sign(on: bool) -> Callable[[], None]:
            def do() -> None:
                self.run_worker(lambda: self._signed(who, on), thread=True)

            return do

        return [_fixed(f"staff: {who.name} signs {'on' if on else 'off'}", sign(on)) for on in (True, False)]

    def _signed(self, who: StaffMember, on: bool) -> None:
        """On a thread of its own: the kiosk answers once it is on the disk, or not while its ledger is lost."""
        try:
            self._sign(who, on)
        except (SealgateError, LedgerError, OSError) as fault:
            self.call_from_thread(self.notify, str(fault), severity="error")

    def _scan_deeds(self, yard: Yard) -> list[Deed]:
        read = self._bench.scan
        if read is None:
            return []

        def fire(symbology: Symbology, text: str) -> Callable[[], None]:
            def do() -> None:
                # A seal reader's trigger is held until its engine looks: not at all while it has no power.
                self.run_worker(lambda: read(symbology, text.encode()), thread=True)

            return do

        deeds = [
            _fixed(f"scan seal of {load.unit}, {load.operator_id}", fire(Symbology.CODE_128, load.seal_number))
            for load in yard.loads
        ]
        deeds.append(_fixed("scan a seal of somewhere else", fire(Symbology.CODE_128, "NZB9999999")))
        deeds.append(_fixed("scan an ITF barcode (not taken)", fire(Symbology.ITF, "000221")))
        deeds += [_fixed(f"scan slip of {load.unit}", fire(Symbology.CODE_39, load.unit)) for load in yard.loads]
        return deeds

    def _cable_deeds(self) -> list[Deed]:
        deeds: list[Deed] = []
        if (reader := self._bench.reader) is not None:
            deeds += [
                _fixed("card reader: pull its plug", reader.unplug),
                _fixed("card reader: put it back", reader.plug_in),
            ]
        if (seal := self._bench.seal_reader) is not None:
            deeds += [
                _fixed("seal reader: pull its cable", seal.pull_cable),
                _fixed("seal reader: put it back", seal.put_back),
                _fixed("seal reader: cut its power", seal.cut_power),
                _fixed("seal reader: give it power", seal.power_up),
            ]
        if (scanner := self._bench.scanner) is not None:
            deeds += [
                _fixed("scanner: pull its plug", scanner.line.hang_up),
                _fixed("scanner: put it back", scanner.line.come_back),
            ]
        return deeds


WIDE: Final = 124
"""Columns from which the driver's pane (80 columns) and the panel stand side by side."""


def _fixed(words: str, do: Callable[[], None]) -> Deed:
    return Deed(lambda: words, do)


def _said(person: Person) -> str:
    return f"{person.name}, {person.role}" + (f" ({person.remark})" if person.remark else "")


class DemoScreen:
    """The demo's screen, as the app runs it: the driver's pane with its panel, and staff consoles in their place."""

    def __init__(self, make: Callable[[], DemoApp], data: Path) -> None:
        self._make = make
        self._data = data
        self._over = False
        self._app: App[Any] | None = None

    def run(self) -> None:
        """Show it until it is ended."""
        while not self._over:
            app = self._make()
            self._app = app
            session = app.run()
            if session is None:
                return
            asyncio.run(show_console(self._data, session if session != ANYBODY else None, self._begun))

    def _begun(self, app: App[Any]) -> bool:
        self._app = app
        return not self._over

    def end(self) -> None:
        """End it, from the station's thread."""
        self._over = True
        if self._app is not None:
            end_app(self._app)
