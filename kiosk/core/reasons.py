"""Every reason for which a visit stops, with its clause and what the driver is told."""

from enum import Enum

from msgspec import Struct


class StopKind(Enum):
    """How a visit ends without an uplift."""

    HOLD = "hold"
    """Something is wrong with a load, a seal or the kiosk: staff must come."""
    REFUSAL = "refusal"
    """The driver may not uplift: turn round."""
    ABANDONED = "abandoned"
    """The driver gave up or walked away."""
    INTERRUPTED = "interrupted"
    """The kiosk stopped in the middle."""


class ReasonText(Struct, frozen=True):
    """What a reason means.

    Attributes:
        kind: How a visit ends by it.
        clause: The clause of the Secure Site Minimum Standards that it serves.
        headline: For the driver, a few words.
        advice: What the driver should do now.
    """

    kind: StopKind
    clause: str
    headline: str
    advice: str


def _refusal(clause: str, headline: str, advice: str) -> ReasonText:
    return ReasonText(StopKind.REFUSAL, clause, headline, advice)


def _hold(clause: str, headline: str, advice: str = "Stay here. Staff are coming.") -> ReasonText:
    return ReasonText(StopKind.HOLD, clause, headline, advice)


class Reason(Enum):
    """Why a visit stopped. The member's name is the reason code that entries and screens show."""

    CARD_UNREADABLE = _refusal("5.1", "Your card could not be read", "Hold the card still and tap again.")
    CARD_RANDOM_ID = _refusal("5.1", "This is not a site card", "Phones are not taken. Use the card from this site.")
    CARD_UNSUPPORTED = _refusal("5.1", "This kind of card is not used here", "Use the card from this site.")
    CARD_UNKNOWN = _refusal("5.1", "Your card is not known here", "Call the gatehouse.")
    CARD_TAKEN_AWAY = _refusal("5.1", "Your card was taken away too soon", "Hold the card still and tap again.")
    CARD_NOT_GENUINE = _refusal("5.1", "Your card could not prove itself", "Call the gatehouse.")
    CARD_CLONED = _refusal("5.1", "This is a copy of a card", "Stay here. Call the gatehouse.")
    CARD_NOT_SIGNED = _refusal("5.1", "This site did not sign your card", "Call the gatehouse.")
    CARD_RECORD_COPIED = _refusal("5.1", "Your card has another card's record", "Stay here. Call the gatehouse.")
    CARD_REPLAYED = _refusal("5.1", "Your card showed an old message", "Stay here. Call the gatehouse.")
    CARD_FAILED_TOO_OFTEN = _refusal("5.1", "Your card failed too often", "Call the gatehouse.")
    CARD_REVOKED = _refusal("2.4", "Your card was taken out of use", "Call the gatehouse.")
    CARD_LOST = _refusal("1.8", "This card was reported lost", "Call the gatehouse.")
    CARD_RETURNED = _refusal("1.8", "This card was given back", "Ask the gatehouse for a new card.")
    CARD_EXPIRED = _refusal("1.8", "Your card has expired", "Ask the gatehouse for a new card.")
    PIN_NOT_SET = _refusal("5.1", "Your card has no PIN", "Ask the gatehouse for a PIN.")
    PIN_LOCKED = _refusal("5.1", "Your PIN is locked", "Too many wrong PINs. Call the gatehouse.")
    PIN_NOT_CHECKED = _refusal("5.1", "Your PIN could not be checked", "Call the gatehouse.")
    NOT_A_DRIVER_CARD = _refusal("5.1", "This is not a driver's card", "Tap your driver card.")
    DRIVER_UNKNOWN = _refusal("5.1", "You are not on the list of drivers", "Call the gatehouse.")
    INDUCTION_EXPIRED = _refusal("2.8", "Your site induction is out of date", "Ask the gatehouse for an induction.")
    OPERATOR_UNKNOWN = _refusal("5.1", "Your company is not known here", "Call the gatehouse.")
    NO_LIST_IN_FORCE = _refusal("8.16", "No approved list is in force", "Call the gatehouse.")
    LIST_EXPIRED = _refusal("8.16", "The approved list has expired", "Call the gatehouse.")
    OPERATOR_NOT_APPROVED = _refusal("8.16", "Your company is not SES approved", "Call your dispatcher.")
    NOT_A_RACA = _refusal("8.19", "Your company is not an air cargo agent", "Call your dispatcher.")
    RACA_EXPIRED = _refusal("8.20", "Your company's RACA certificate has expired", "Call your dispatcher.")
    OUTSIDE_ACCESS_WINDOW = _refusal("5.2", "The site is closed now", "Come back in the site's hours.")
    AFTER_HOURS_NOT_PERMITTED = _refusal("5.3", "You may not come after hours", "Come back when staff are here.")
    SITE_CLOSED_TODAY = _refusal("5.2", "The site is closed today", "Come back on another day.")
    CARD_NOT_PROVEN_AFTER_HOURS = _refusal("5.3", "Your card could not prove itself", "Come back when staff are here.")
    PIN_NOT_GIVEN = _refusal("5.3", "Staff have gone: give your PIN now", "Tap your card to start again.")
    NOT_BOOKED_AFTER_HOURS = _refusal("5.3", "There is no booking for you now", "Come back when staff are here.")
    OUTSIDE_COLLECTION_WINDOW = _refusal("5.3", "This is not your booked time", "Come back at the booked time.")
    ALREADY_ON_SITE = _refusal("5.2", "You are already on site", "Call the gatehouse.")

    LOAD_UNKNOWN = _hold("8.14", "No load record for this number")
    LOAD_OF_ANOTHER_OPERATOR = _hold("5.1", "This load is booked for another company")
    LOAD_ALREADY_UPLIFTED = _hold("8.17", "This load was already taken")
    LOAD_CHANGED = _hold("8.14", "The paperwork of this load has changed")
    PACKAGE_NOT_SEALED = _hold("7.4", "The package is not securely sealed")
    SEAL_DAMAGED = _hold("8.15", "The seal or lock is damaged")
    SEAL_MISMATCH = _hold("8.15", "The seal number is not right", "Do not take the load. Staff are coming.")
    SEAL_LOOSE = _hold("8.15", "The seal is not fixed")
    SEAL_TURNS = _hold("8.15", "The seal comes apart")
    READER_LOST = _hold("8.17", "The card reader stopped working")
    LEDGER_FAILED = _hold("8.17", "The check could not be recorded")
    BARRIER_FAILED = _hold("5.2", "The barrier did not open")

    TIMED_OUT = ReasonText(StopKind.ABANDONED, "8.17", "Time is up", "Tap your card to start again.")
    DRIVER_CANCELLED = ReasonText(StopKind.ABANDONED, "8.17", "Cancelled", "Tap your card to start again.")

    KIOSK_STOPPED = ReasonText(StopKind.INTERRUPTED, "8.17", "The kiosk was stopped", "Call the gatehouse.")
    POWER_LOST = ReasonText(StopKind.INTERRUPTED, "8.17", "The kiosk lost power", "Call the gatehouse.")

    @property
    def text(self) -> ReasonText:
        """What it means."""
        return self.value
