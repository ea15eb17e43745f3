"""The wire protocol against vectors.json, which stands in a folder of sys.path.

Runs on a board, in the Unix port and in CPython: `import test_sealwire; test_sealwire.unittest.main("test_sealwire")`.
"""

import binascii
import json
import sys
import unittest

from sealwire import cobs, crc, messages
from sealwire.frames import Deframer, Frame
from sealwire.link import Link
from sealwire.messages import BadMessage, Hello, from_bytes, to_bytes


def load():
    """Read the vectors from the first folder of sys.path that has them."""
    for folder in sys.path:
        try:
            with open((folder or ".") + "/vectors.json") as file:
                return json.load(file)
        except OSError:
            continue
    raise OSError("expected vectors.json in a folder of sys.path, found it in none of %r" % sys.path)


VECTORS = load()


def unhex(text: str) -> bytes:
    """The bytes that stand in a vector."""
    return binascii.unhexlify(text.replace(" ", ""))


def message_of(vector):
    """The message that a vector describes."""
    kind = getattr(messages, vector["name"])
    values = {}
    for name, form in messages.fields(kind):
        value = vector["fields"][name]
        values[name] = unhex(value) if form[0] in "bv" else value
    return kind(**values)


def frame_of(vector):
    """The frame that a vector describes."""
    return Frame(vector["kind"], vector["session"], vector["seq"], vector["ack"], unhex(vector["payload"]))


class Checks(unittest.TestCase):
    """CRC and COBS."""

    def test_the_check_value_of_bytes(self) -> None:
        for vector in VECTORS["crc"]:
            self.assertEqual(crc.crc16(unhex(vector["bytes"])), int(vector["crc"], 16), vector["source"])
            self.assertEqual(crc.crc16_slow(unhex(vector["bytes"])), int(vector["crc"], 16), vector["source"])

    def test_bytes_are_stuffed(self) -> None:
        for vector in VECTORS["cobs"]:
            self.assertEqual(bytes(cobs.encode(unhex(vector["plain"]))), unhex(vector["encoded"]), vector["source"])

    def test_stuffed_bytes_are_read_back(self) -> None:
        for vector in VECTORS["cobs"]:
            buffer = bytearray(unhex(vector["encoded"]))
            length = cobs.decode_in_place(buffer, len(buffer))
            self.assertEqual(bytes(buffer[:length]), unhex(vector["plain"]), vector["source"])


class Messages(unittest.TestCase):
    """Messages and their table."""

    def test_the_table_is_the_specifications(self) -> None:
        self.assertEqual(messages.table_text(), VECTORS["table"]["text"])
        self.assertEqual(messages.table_digest(), unhex(VECTORS["table"]["digest"]))

    def test_a_message_is_written(self) -> None:
        for vector in VECTORS["messages"]:
            self.assertEqual(to_bytes(message_of(vector)), unhex(vector["bytes"]), vector["name"])

    def test_a_message_is_read(self) -> None:
        for vector in VECTORS["messages"]:
            got = from_bytes(unhex(vector["bytes"]))
            self.assertEqual(type(got).__name__, vector["name"])
            self.assertEqual(got.__dict__, message_of(vector).__dict__, vector["name"])

    def test_what_is_no_message_is_refused(self) -> None:
        for vector in VECTORS["no_messages"]:
            with self.assertRaises(BadMessage):
                from_bytes(unhex(vector["bytes"]))

    def test_what_an_images_signature_is_over(self) -> None:
        vector = VECTORS["signed_text"]
        text = messages.signed_text(vector["version"], unhex(vector["sha256"]))
        self.assertEqual(text, unhex(vector["bytes"]))


class Frames(unittest.TestCase):
    """Frames and the finding of them."""

    def test_a_frame_is_written(self) -> None:
        for vector in VECTORS["frames"]:
            self.assertEqual(frame_of(vector).to_wire(), unhex(vector["wire"]))

    def test_a_frame_is_found(self) -> None:
        for vector in VECTORS["frames"]:
            deframer = Deframer()
            found = []
            for byte in unhex(vector["wire"]):
                found.extend(deframer.feed(bytes([byte])))
            self.assertEqual(found, [frame_of(vector)])
            self.assertEqual(deframer.spoiled, 0)

    def test_what_is_no_frame_is_dropped_and_the_next_one_is_taken(self) -> None:
        good = VECTORS["frames"][0]
        for vector in VECTORS["no_frames"]:
            deframer = Deframer()
            self.assertEqual(deframer.feed(unhex(vector["wire"])), [], vector["why"])
            self.assertEqual(deframer.spoiled, 1, vector["why"])
            self.assertEqual(deframer.feed(unhex(good["wire"])), [frame_of(good)], vector["why"])

    def test_a_sessions_number_comes_of_both_nonces(self) -> None:
        for vector in VECTORS["sessions"]:
            mine, theirs = vector["nonces"]
            link = Link(Hello("", "", ""), mine, 0)
            link.receive(Frame(0, 0, 0, 0, to_bytes(Hello("", "", "", nonce=theirs, heard=mine))).to_wire(), 0)
            self.assertEqual(link._session, vector["session"])


if __name__ == "__main__":
    try:
        unittest.main()
    except SystemExit as ended:
        sys.exit(int(ended.args[0]))  # it says True or False, which newer MicroPythons print and take for a failure
