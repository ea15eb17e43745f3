"""What the driver's screen shows, in a few words for staff who are not there. It names neither seals nor PINs."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from kiosk.console import messages as msg

_LEAVING: Final = frozenset({msg.VisitorAsk.NUMBER, msg.VisitorAsk.WHO})

_WORDS: Final[Mapping[type[msg.Display], Callable[[Any], str]]] = {
    msg.Attract: lambda shown: "a truck stands at the gate" if shown.awake else "",
    msg.EnterPin: lambda _: "keying a PIN",
    msg.DriverKnown: lambda shown: f"{shown.driver_name} has tapped",
    msg.ChooseContainer: lambda _: "choosing a container",
    msg.CheckPackage: lambda shown: f"package check of {shown.package}",
    msg.CheckSeal: lambda shown: f"seal check of {shown.unit}: {shown.step.value}",
    msg.VerifySeal: lambda shown: f"seal check of {shown.unit}: verify",
    msg.MoreOrSign: lambda shown: f"checked {', '.join(shown.units)}",
    msg.Sign: lambda shown: f"{shown.driver_name} is to sign",
    msg.Recording: lambda _: "recording",
    msg.BarrierOpen: lambda shown: f"barrier open for {', '.join(shown.units)}",
    msg.Stopped: lambda shown: f"{shown.kind.value}: {shown.headline}",
    msg.StaffConsole: lambda _: "staff at the kiosk",
    msg.AskVisitor: lambda shown: "a visitor signs out" if shown.ask in _LEAVING else "a visitor signs in",
    msg.VisitorSigned: lambda shown: f"{shown.name} has signed {'out' if shown.left else 'in'}",
    msg.OutOfService: lambda _: "out of service",
}


def in_few_words(display: msg.Display) -> str:
    """A few words; empty while nobody is served."""
    return _WORDS[type(display)](display)
