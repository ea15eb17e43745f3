"""Feeds the parsers of frames and messages what a fuzzer makes up, led by the branches that it reaches.

usage: python -m tests.wire.fuzz RUNS FOLDER    FOLDER is filled with the vectors first, as what to begin with

Exit code 0: all runs done, and what must hold held in each. Atheris has no build for machines other than x86-64; there
the same inputs are made by altering the vectors at random.
"""

import json
import platform
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

VECTORS = Path(__file__).parents[2] / "firmware" / "vectors.json"

LONGEST = 640
"""Bytes of an input at most: a little more than the longest frame."""


def examples() -> Iterator[bytes]:
    """What the vectors hold: lines, frames before they are stuffed, and messages; each for its own parser."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    for vector in [*vectors["frames"], *vectors["no_frames"], *vectors["messages"], *vectors["no_messages"]]:
        for which, key in enumerate(("wire", "raw", "bytes")):
            if key in vector:
                yield bytes([which]) + bytes.fromhex(vector[key])


def target() -> Callable[[bytes], None]:
    """What is fuzzed; the parsers are imported here, so that the fuzzer can have its eyes put in first."""
    from sealwire.cobs import encode
    from sealwire.crc import crc16
    from sealwire.frames import MAX_FRAME, Deframer, Frame
    from sealwire.messages import BadMessage, from_bytes, to_bytes

    good = Frame(1, 2, 3, 4, b"\0good")

    def line(data: bytes) -> None:
        """Bytes as they come from the line: the next good frame is taken, and what is found is a frame."""
        deframer = Deframer()
        found = deframer.feed(data)
        assert Deframer().feed(b"".join(frame.to_wire() for frame in found)) == found
        assert good in deframer.feed(good.to_wire())

    def frame(data: bytes) -> None:
        """Bytes with the right check value: a frame of just these, or none."""
        raw = data[: MAX_FRAME + 5] + crc16(data[: MAX_FRAME + 5]).to_bytes(2, "little")
        wire = b"\0" + bytes(encode(raw)) + b"\0"
        assert [found.to_wire() for found in Deframer().feed(wire)] in ([wire], [])

    def message(data: bytes) -> None:
        try:
            found = from_bytes(data)
        except BadMessage:
            return
        assert to_bytes(found) == data

    def one_of_them(data: bytes) -> None:
        """The input's first byte says which of them gets the rest."""
        if data:
            (line, frame, message)[data[0] % 3](data[1:])

    return one_of_them


def fuzz_led(runs: int, folder: Path) -> None:
    """Let Atheris do it; it ends the process."""
    import atheris

    for number, example in enumerate(examples()):
        (folder / f"{number:03}").write_bytes(example)
    with atheris.instrument_imports(include=["sealwire"]):
        one_of_them = target()
    options = [f"-runs={runs}", f"-max_len={LONGEST}", "-seed=1"]
    atheris.Setup([sys.argv[0], *options, str(folder)], one_of_them)
    atheris.Fuzz()


def fuzz_unled(runs: int) -> None:
    """Alter the vectors at random, a few bytes at a time."""
    chance, one_of_them, known = random.Random(1), target(), list(examples())
    for _ in range(runs):
        data = bytearray(chance.choice(known) + chance.choice(known)[: chance.randrange(20)])
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        one_of_them(bytes(data[:LONGEST]))
    sys.stderr.write(f"Done {runs} runs\n")


def main() -> None:
    """Run the command."""
    runs, folder = int(sys.argv[1]), Path(sys.argv[2])
    if platform.machine() == "x86_64":
        fuzz_led(runs, folder)
    else:
        fuzz_unled(runs)


if __name__ == "__main__":
    main()
