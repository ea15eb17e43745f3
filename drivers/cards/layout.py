"""Where things are on the cards that the site issues: names, files and key numbers, for proving and issuing alike."""

UID_SIZE = 7
"""Bytes of the UID of an NTAG 424 DNA and of a DESFire (double size); one of four bytes may be made up at each tap."""

# --- NTAG 424 DNA (NT4H2421Gx data sheet, 8.2): one application, fixed by the maker ----------------

NTAG_DF_NAME = bytes.fromhex("D2760000850101")
"""ISO name of its application, which is that of the NFC Forum's Type 4 Tag."""

NTAG_APPLICATION_KEY = 0
NTAG_META_READ_KEY = 1
NTAG_FILE_READ_KEY = 2
NTAG_CHALLENGE_KEY = 3
NTAG_WRITE_KEY = 4
"""Key numbers; each holds the key of the `Purpose` of its name."""

NTAG_NDEF_FILE = 0x02
"""The file with the message: 256 bytes, read freely, written with the WRITE key."""

MESSAGE_READ = 128
"""Bytes that the kiosk reads of the NDEF file, in one go. A longer message is none of ours."""

# --- DESFire EV2 and EV3: an application of ours beside those of others ----------------------------

DESFIRE_AID = bytes.fromhex("4C4553")
"""Our application's number, as it goes over the air."""

DESFIRE_ISO_FILE = bytes.fromhex("5347")
"""Our application's ISO file number, as it goes over the air."""

DESFIRE_DF_NAME = b"\xf0SEALGATE"
"""Our application's ISO name. F0 begins names that are registered nowhere (ISO/IEC 7816-4, 8.2.1.2)."""

DESFIRE_PICC_KEY = 0
"""Number of the card's own key, outside of applications."""

DESFIRE_APPLICATION_KEY = 0
DESFIRE_CHALLENGE_KEY = 1
DESFIRE_KEYS = 2
"""Key numbers in our application, and how many there are. Both are AES."""

# --- NTAG213, NTAG215 and NTAG216: a signed record in NDEF memory -----------------------------------

TAG_MARK = b"SG"
"""How the last page of user memory begins on the site's tags; the password's version follows, and its complement."""

TAG_FIRST_PROTECTED = 4
"""Page from which on nobody writes without the password (AUTH0): all of user memory and the configuration."""
