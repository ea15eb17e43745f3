"""NXP's originality signature: whether NXP made a chip with this UID.

NXP signs each chip's UID when it is made and keeps the signature in it, where Read_Sig finds it. ECDSA over the seven
bytes of UID taken as the hash itself, r and s in sequence (IEEE P1363): secp128r1 for NTAG21x (AN11350), secp224r1 for
NTAG 424 DNA (AN12196, 7.2) and DESFire (AN12343, 7). It shows that the UID is one of NXP's, which nobody thought up. It
is no proof against a copy: signature and UID can be read out of a genuine chip and put into one that is made for that.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import Struct

UID_SIZE: Final = 7
"""Bytes of UID of every chip in question; a random UID of 4 bytes is not signed."""


class Curve(Enum):
    """A curve of SEC 2, with the bytes of one coordinate, and of r and s."""

    SECP128R1 = 16
    SECP224R1 = 28


class ChipKind(Enum):
    """The chips that the site issues, as GetVersion tells them apart."""

    NTAG21X = "NTAG213/215/216"
    NTAG_424_DNA = "NTAG 424 DNA"
    DESFIRE_EV2 = "MIFARE DESFire EV2"
    DESFIRE_EV3 = "MIFARE DESFire EV3"


class MakerKey(Struct, frozen=True):
    """A public key by which NXP's signatures are checked.

    Attributes:
        curve: Its curve.
        point: SEC 1 uncompressed: 04, X, Y.
        source: Where it is published.
    """

    curve: Curve
    point: bytes
    source: str


def _key(curve: Curve, x: str, y: str, source: str) -> MakerKey:
    return MakerKey(curve, bytes.fromhex("04" + x + y), source)


_NTAG21X: Final = _key(
    Curve.SECP128R1,
    "494E1A386D3D3CFE3DC10E5DE68A499B",
    "1C202DB5B132393E89ED19FE5BE8BC61",
    "AN11350, NTAG21x originality signature validation",
)
_NTAG_424: Final = _key(
    Curve.SECP224R1,
    "8A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA",
    "209D68422B81EC20B65A66B5102A61596AF3379200599316A00A1410",
    "AN12196 rev. 2.0, 7.2; Proxmark3, client/src/crypto/originality.c, names DESFire EV2, too",
)
_EV2: Final = _key(
    Curve.SECP224R1,
    "B304DC4C615F5326FE9383DDEC9AA892DF3A57FA7FFB3276192BC0EA",
    "A252ED45A865E3B093A3D0DCE5BE29E92F1392CE7DE321E3E5C52B3A",
    "Proxmark3, client/src/crypto/originality.c (NTAG 424 DNA, DESFire EV2), recovered from chips",
)
_EV2_XL: Final = _key(
    Curve.SECP224R1,
    "CD5D45E50B1502F0BA4656FF37669597E7E183251150F9574CC8DA56",
    "BF01C7ABE019E29FEA48F9CE22C3EA4029A765E1BC95A89543BAD1BC",
    "Proxmark3, client/src/crypto/originality.c (DESFire EV2 XL), recovered from chips",
)
_EV3: Final = _key(
    Curve.SECP224R1,
    "1DB46C145D0A36539C6544BD6D9B0AA62FF91EC48CBC6ABAE36E0089",
    "A46F0D08C8A715EA40A63313B92E90DDC1730230E0458A33276FB743",
    "Proxmark3, client/src/crypto/originality.c (DESFire EV3), recovered from chips",
)

MAKER_KEYS: Final = {
    ChipKind.NTAG21X: (_NTAG21X,),
    ChipKind.NTAG_424_DNA: (_NTAG_424, _EV2),
    ChipKind.DESFIRE_EV2: (_EV2, _NTAG_424, _EV2_XL),
    ChipKind.DESFIRE_EV3: (_EV3,),
}
"""By which keys a chip's signature may be made. A chip of one family does not pass as one of another."""


def is_original(chip: ChipKind, uid: bytes, signature: bytes) -> bool:
    """Whether NXP signed this UID for a chip of this kind.

    Args:
        chip: What it says it is.
        uid: Its UID.
        signature: What Read_Sig answered: r and s, high byte first.
    """
    return len(uid) == UID_SIZE and any(_verifies(key, uid, signature) for key in MAKER_KEYS[chip])


def _verifies(key: MakerKey, uid: bytes, signature: bytes) -> bool:
    if len(signature) != 2 * key.curve.value:
        return False
    if key.curve is Curve.SECP128R1:
        return _verifies_secp128r1(key, uid, signature)
    return _verifies_secp224r1(key, uid, signature)


def _verifies_secp224r1(key: MakerKey, uid: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    half = key.curve.value
    encoded = utils.encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
    # A hash shorter than the curve's order is taken as the number that it is (SEC 1, 4.1.3): zeros before it change
    # nothing, and make it as long as the library expects of a hash.
    as_hash = ec.ECDSA(utils.Prehashed(hashes.SHA224()))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP224R1(), key.point).verify(
            encoded, uid.rjust(hashes.SHA224.digest_size, b"\x00"), as_hash
        )
    except InvalidSignature:
        return False
    return True


def _verifies_secp128r1(key: MakerKey, uid: bytes, signature: bytes) -> bool:
    from ecdsa import BadSignatureError, VerifyingKey
    from ecdsa.curves import SECP128r1

    try:
        VerifyingKey.from_string(key.point, curve=SECP128r1).verify_digest(signature, uid)
    except BadSignatureError:
        return False
    return True
