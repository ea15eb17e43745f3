"""A card that answers from a list, for vectors: each command must be the one that the list expects."""


class ScriptedCard:
    """A Channel.

    Args:
        talk: Pairs of command and answer, in hex.
    """

    def __init__(self, *talk: tuple[str, str]) -> None:
        self._talk = [(bytes.fromhex(command), bytes.fromhex(answer)) for command, answer in talk]

    def exchange(self, apdu: bytes) -> bytes:
        expected, answer = self._talk.pop(0)
        assert apdu.hex() == expected.hex()
        return answer

    @property
    def done(self) -> bool:
        return not self._talk
