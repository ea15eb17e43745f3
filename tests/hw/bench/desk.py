"""A card on a PN532, spoken to by InDataExchange."""

from hw.bench.card_a import CardA
from hw.bench.pn532 import Pn532
from tests.hw.bench.pn532_host import Host


class Desk:
    """Lay the card, speak to it; a card that is gone is a TimeoutError."""

    def __init__(self, card: CardA) -> None:
        self.card = card
        self.host = Host(Pn532())
        self.field = self.host.chip.field

    def lay(self) -> None:
        self.field.lay(self.card)
        assert self.host.ask(0x4A, b"\x01\x00")[:2] == b"\x01\x01"

    def send(self, apdu: bytes) -> bytes:
        answer = self.host.ask(0x40, b"\x01" + apdu)
        if answer[0]:
            raise TimeoutError(answer.hex())
        return answer[1:]
