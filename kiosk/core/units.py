"""What is uplifted: a sea container by its ISO 6346 number, or a package of air cargo by its own."""

import re

from msgspec import Struct
from stdnum import iso6346

from kiosk.core.errors import BadNumber
from kiosk.core.said import said

_CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_PACKAGE = re.compile(r"[A-Z0-9][A-Z0-9/-]{2,34}")
_SHOWN = 40
"""Characters of a bad input that an error quotes: enough to recognise it on one line."""


def quoted(text: str) -> str:
    """A bad input as an error line shows it: on one line and not too long."""
    line = ascii(text)
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...'"


def _compact(text: str) -> str:
    """Without spaces and hyphens, in capitals. Empty for what is not ASCII: some letters become ASCII as capitals."""
    return re.sub(r"[ -]", "", text).upper() if text.isascii() else ""


class ContainerNumber(Struct, frozen=True, order=True):
    """A freight container's number under ISO 6346, check digit included.

    Attributes:
        text: Eleven characters, such as ``CSQU3054383``.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "ContainerNumber":
        """Read a number as people write it: lower case, spaces and hyphens are taken.

        Raises:
            BadNumber: when it is no container number or its check digit is wrong. The check digit is a guard
                against slips, not a proof: about 1.9 % of single errors pass it.
        """
        compact = _compact(text)
        # The library is asked only about what is known to be ASCII of the right shape: it raises errors of
        # other kinds for odd characters, and takes category R.
        if not _CONTAINER.fullmatch(compact):
            raise BadNumber(
                expected="a container number: 3 letters, U, J or Z, then 7 digits",
                got=quoted(text),
                mend="check it against the container's door",
            )
        if not iso6346.is_valid(compact):
            raise BadNumber(
                expected=f"check digit {iso6346.calc_check_digit(compact[:-1])} for {compact[:-1]}",
                got=compact[-1],
                mend=said("Check each letter and digit against the container's door."),
            )
        return cls(compact)

    def __str__(self) -> str:
        return self.text


class PackageNumber(Struct, frozen=True, order=True):
    """The number by which a load site knows a package of air cargo.

    Attributes:
        text: Three to 35 capitals, digits, hyphens and slashes.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "PackageNumber":
        """Read a package number; lower case and outer spaces are taken.

        Raises:
            BadNumber: when it has other characters or another length.
        """
        tidy = text.strip(" ").upper() if text.isascii() else ""
        if not _PACKAGE.fullmatch(tidy):
            raise BadNumber(
                expected="a package number: 3 to 35 letters, digits, hyphens or slashes",
                got=quoted(text),
                mend="check it against the package's label",
            )
        return cls(tidy)

    def __str__(self) -> str:
        return self.text


Unit = ContainerNumber | PackageNumber
"""What a load record is about and what a driver names."""


def parse_unit(text: str) -> Unit:
    """Read what a driver keyed or scanned: a container number where it has that shape, else a package number.

    Raises:
        BadNumber: when it is neither; of a container number with a wrong check digit it speaks as such.
    """
    if _CONTAINER.fullmatch(_compact(text)):
        return ContainerNumber.parse(text)
    try:
        return PackageNumber.parse(text)
    except BadNumber:
        raise BadNumber(
            expected="a container number (4 letters, 7 digits) or a package number",
            got=quoted(text),
            mend=said("Check it against the door or the pick-up slip."),
        ) from None
