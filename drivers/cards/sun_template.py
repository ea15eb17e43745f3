"""What the NDEF file of an NTAG 424 DNA holds, and where in it the chip puts what it makes anew at each reading.

One URI record: ``BASE?picc_data=<32 hex digits>&cmac=<16 hex digits>``, with zeros as placeholders (AN12196, 3 and 5.7).
The MAC is over no file data: its input begins where the MAC itself stands.
"""

from typing import Final

from msgspec import Struct

from drivers.cards.layout import MESSAGE_READ, NTAG_FILE_READ_KEY, NTAG_META_READ_KEY, NTAG_WRITE_KEY

PICC_DATA, MAC = "picc_data", "cmac"
"""The address's parameters, by the names of AN12196."""

PICC_DATA_DIGITS, MAC_DIGITS = 32, 16
NDEF_FILE_SIZE: Final = 256
LENGTH_SIZE: Final = 2
"""NLEN, before the message (NFC Forum Type 4 Tag 2.0, 4.3)."""

SDM_ON, MAC_MODE = 0x40, 0x01
"""FileOption (data sheet, table 69): mirrors on; who reads or writes by a key does so with MACs."""

UID_COUNTER_ASCII: Final = 0xC1
"""SDMOptions: UID and reading counter, as hex digits; no limit, no encrypted file data."""

NEVER, FREE, CHANGE_KEY = 0xF, 0xE, 0x0
"""Access conditions, and the key that may change settings."""

SCHEMES: Final = ("https://", "http://")


class SunFile(Struct, frozen=True):
    """The file and its settings.

    Attributes:
        content: What stands in it, from its beginning.
        settings: What ChangeFileSettings is given: FileOption, rights, SDMOptions, SDM rights, three offsets.
    """

    content: bytes
    settings: bytes


def sun_file(base_url: str) -> SunFile:
    """The file for an address.

    Raises:
        ValueError: It is no address of the web in ASCII, has a query of its own, or the message would not be read whole.
    """
    import ndef

    if not base_url.startswith(SCHEMES) or not base_url.isascii() or set(base_url) & set("?# "):
        raise ValueError(f"expected https:// and an address without query, got {base_url!r}; correct the setting")
    zeros = f"?{PICC_DATA}={'0' * PICC_DATA_DIGITS}&{MAC}={'0' * MAC_DIGITS}"
    message = b"".join(ndef.message_encoder([ndef.UriRecord(base_url + zeros)]))
    content = len(message).to_bytes(LENGTH_SIZE, "big") + message
    if len(content) > MESSAGE_READ:
        room = len(base_url) - (len(content) - MESSAGE_READ)
        raise ValueError(f"expected an address of at most {room} characters, got {len(base_url)}; choose a shorter one")
    mac_at = len(content) - MAC_DIGITS
    picc_at = mac_at - len(f"&{MAC}=") - PICC_DATA_DIGITS
    return SunFile(content, _settings(picc_at, mac_at))


def _settings(picc_at: int, mac_at: int) -> bytes:
    rights = bytes([NEVER << 4 | CHANGE_KEY, FREE << 4 | NTAG_WRITE_KEY])
    sdm_rights = bytes([NEVER << 4 | NEVER, NTAG_META_READ_KEY << 4 | NTAG_FILE_READ_KEY])
    offsets = b"".join(each.to_bytes(3, "little") for each in (picc_at, mac_at, mac_at))
    return bytes([SDM_ON | MAC_MODE]) + rights + bytes([UID_COUNTER_ASCII]) + sdm_rights + offsets
