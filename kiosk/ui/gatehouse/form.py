"""A form over whatever is on screen; also, over nothing at all, the log-on and the lock."""

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from kiosk.console.gatehouse import NotDone, Result
from kiosk.console.gatehouse_link import NoAnswer
from kiosk.console.gatehouse_wishes import Wish
from kiosk.ui.gatehouse.asking import Gatehouse
from kiosk.ui.gatehouse.facts import FactSheet
from kiosk.ui.gatehouse.lines import TooSmall
from kiosk.ui.gatehouse.pick import MOST_IN_A_ROW, Pick
from kiosk.ui.gatehouse.view.forms import Field, Form, Kind


class FormScreen(ModalScreen[Result]):
    """Asks for a form's fields, then asks the kiosk, and stays until that was done.

    Enter goes to the next field and on the last one does it; where every field may stay as it is, it does it at once.
    """

    DEFAULT_CSS = """
    FormScreen { align: center middle; }
    FormScreen.-closed { background: $background; }
    FormScreen #form {
        width: 76; max-width: 96%; height: auto; max-height: 96%; background: $surface; border: solid $primary;
        border-title-style: bold; padding: 0 1;
    }
    FormScreen #body { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    FormScreen FactSheet { margin: 0 0 1 0; }
    FormScreen #warning { color: $warning; margin: 0 0 1 0; }
    FormScreen #fault { background: $shout-background; color: $shout-foreground; padding: 0 1; margin: 1 0 0 0; }
    FormScreen .field { height: auto; }
    FormScreen .label { width: 20; height: 1; color: $quiet; }
    FormScreen .label.-required { color: $foreground; text-style: bold; }
    FormScreen Input { width: 1fr; background: $panel; }
    FormScreen Input:focus { background: $block-cursor-background; }
    FormScreen TextArea { width: 1fr; height: 4; background: $panel; }
    FormScreen TextArea:focus { background: $block-cursor-background; }
    FormScreen Pick { width: 1fr; }
    FormScreen #end { height: 1; margin: 1 0 0 0; }
    FormScreen Button { margin: 0 2 0 0; }
    FormScreen #keys { width: 1fr; color: $quiet; height: 1; }
    """

    def __init__(self, gatehouse: Gatehouse, form: Form, *, closed: bool = False) -> None:
        """Make it.

        Args:
            gatehouse: The app.
            form: What is asked.
            closed: Nothing of the content may be seen behind it, and there is no way past it.
        """
        super().__init__(classes="-closed" if closed else "")
        self._gatehouse = gatehouse
        self._form = form
        self._only_way = closed
        self._asking = False
        self._fields: dict[str, Widget] = {field.name: _widget_of(field) for field in form.fields}
        self._fault = Static(id="fault")
        self._button = Button(form.button, id="do", compact=True, variant="primary")

    @property
    def form(self) -> Form:
        """What is asked."""
        return self._form

    def compose(self) -> ComposeResult:
        """Facts, fields, and what goes wrong."""
        with Container(id="form") as box:
            box.border_title = Content(self._form.title)
            with VerticalScroll(id="body", can_focus=False):
                if self._form.warning:
                    yield Static(Text(f"! {self._form.warning}"), id="warning")
                if self._form.facts:
                    yield FactSheet()
                for field in self._form.fields:
                    tall = field.kind is Kind.PICK and len(field.picks) > MOST_IN_A_ROW
                    with Vertical(classes="field") if tall else Horizontal(classes="field"):
                        label = Static(Text(field.label), classes="label")
                        yield label.set_class(field.required, "-required")
                        yield self._fields[field.name]
            yield self._fault
            with Horizontal(id="end"):
                yield self._button
                yield Static(Text(self._keys()), id="keys")
        yield TooSmall()

    def _keys(self) -> str:
        done = self._form.button.lower()
        if any(field.kind is Kind.LINES for field in self._form.fields):
            onward = f"Tab next   ^S {done}"
        else:
            onward = f"Enter {done}" if self._needs_nothing else f"Enter next, then {done}"
        return f"{onward}   {'^Q leave' if self._only_way else 'Esc back'}"

    @property
    def _needs_nothing(self) -> bool:
        return not any(field.required for field in self._form.fields)

    def on_mount(self) -> None:
        """Begin with the first field that needs something."""
        self._fault.display = False
        for sheet in self.query(FactSheet):
            sheet.show(self._form.facts, self._gatehouse.inks)
        self._first().focus()

    def _first(self) -> Widget:
        wanting = [field for field in self._form.fields if field.required and not self._given()[field.name]]
        first = wanting or list(self._form.fields)
        return self._fields[first[0].name] if first else self._button

    def clear_hidden(self) -> None:
        """Nobody shall find here what another one keyed and nobody may read."""
        for field in self._form.fields:
            widget = self._fields[field.name]
            if field.kind is Kind.HIDDEN and isinstance(widget, Input):
                widget.value = ""

    def _given(self) -> dict[str, str]:
        return {field.name: _value_of(self._fields[field.name], field) for field in self._form.fields}

    # --- what the person does -----------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Enter goes on, escape goes back."""
        if event.key == "escape" and not self._only_way:
            event.stop()
            self.dismiss(None)
        elif event.key == "ctrl+s":
            event.stop()
            self._submit()
        elif event.key == "enter" and isinstance(self.focused, Pick):
            event.stop()
            self._go_on(self.focused)

    @on(Input.Submitted)
    def _given_field(self, event: Input.Submitted) -> None:
        event.stop()
        self._go_on(event.input)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._submit()

    def _go_on(self, here: Widget) -> None:
        """To the next field; on the last one, or where nothing need be given, do it."""
        order = list(self._fields.values())
        if self._needs_nothing or here is order[-1]:
            self._submit()
        else:
            order[order.index(here) + 1].focus()

    def _submit(self) -> None:
        given = self._given()
        for field in self._form.fields:
            if field.required and not given[field.name]:
                self._say(f"Give this first: {field.label}.")
                self._fields[field.name].focus()
                return
        made = self._form.make(given)
        if isinstance(made, str):
            self._say(made)
        elif not self._asking:
            self._asking = True
            self._ask(made)

    @work(exclusive=True)
    async def _ask(self, wish: Wish) -> None:
        self._button.label = "…"
        try:
            result = await self._gatehouse.ask(wish)
        except NoAnswer as fault:
            self._say(str(fault))
        else:
            if isinstance(result, NotDone):
                self._say(f"Expected {result.expected}, got {result.got}. {result.mend}.")
                self.clear_hidden()
                self._first().focus()
            elif not self._only_way:  # what is closed is taken away when the station says who the session is
                self.dismiss(result)
        finally:
            self._asking = False
            self._button.label = self._form.button

    def _say(self, fault: str) -> None:
        self._fault.update(Text(f"! {fault}"))
        self._fault.display = True


def _widget_of(field: Field) -> Widget:
    name = f"field-{field.name}"
    match field.kind:
        case Kind.PICK:
            return Pick(field.picks, field.value, id=name)
        case Kind.LINES:
            area = TextArea(field.value, id=name, compact=True, tab_behavior="focus")
            area.placeholder = field.hint
            area.cursor_blink = False
            return area
        case _:
            hidden = field.kind is Kind.HIDDEN
            line = Input(field.value, placeholder=field.hint, password=hidden, id=name, compact=True)
            line.cursor_blink = False
            return line


def _value_of(widget: Widget, field: Field) -> str:
    match widget:
        case Input():
            return widget.value if field.kind is Kind.HIDDEN else widget.value.strip()
        case TextArea():
            return widget.text.strip()
        case Pick():
            return widget.value
        case _:
            raise AssertionError(f"expected a field's widget, got {widget!r}")
