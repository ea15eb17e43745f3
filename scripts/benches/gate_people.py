"""Who comes to a gate in ten years and what they fetch: hundreds of drivers with cards, containers and seals on end.

All from seeded chance: cards have random UIDs, containers true check digits, and seals no order that could be guessed.
"""

from collections.abc import Iterator
from datetime import date
from itertools import count
from random import Random
from typing import Final

from stdnum import iso6346

from kiosk.core.cards import Card, CardTechnology, Credential
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.parties import ApprovedList, Driver, Raca, TransportOperator
from kiosk.core.rules import Admission
from kiosk.core.seals import SealForm, SealNumber, SealType
from kiosk.core.units import ContainerNumber, PackageNumber
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.site import read_site
from scripts.benches.site_files import OPERATORS, load_id

DRIVERS: Final = 600
"""In ten years, though a few of them come nearly every day."""

AIR_SHARE: Final = 0.05
CABLE_SHARE: Final = 0.4
"""Of what is uplifted: packages of air cargo, and of the containers those with a cable seal."""

MIXED_LOADS: Final = 100
"""Loads are booked by number and fetched as trucks come: so many wait at a time."""

_FOREVER: Final = date(2099, 12, 31)
_FIRST: Final = (
    "Aroha Tom Mere Ben Sione Wiremu Carl Priya Liam Hana Graham Tāmati Rangi Kiri Dave Sanjay Wei Joseph Losa Peter "
    "Māia Anahera Hemi Craig Shane Tina Ruth Kevin Lote Semisi Anil Gurpreet Harpreet Jorge Luis Nikau Manaia Pāora"
)
_LAST: Final = (
    "Ngata Wilkins Paraone Lowe Tupou Pita Jensen Nair O'Connor Whaanga Ellis Singh Kaur Patel Wang Tuilagi Faleafa "
    "Smith Brown Taylor Walker Henare Kingi Tamihere Rāpana Hōhepa McDonald Fraser van_der_Berg Silva Reyes Tahana "
    "Ruiz Moss Chen Hart Moana Karaka Rewi Hughes Baker Morgan Young Te_Rangi Te_Kanawa Davies Scott Green"
)
_OWNERS: Final = (
    "CSQU TASU MSKU HLXU TEMU CMAU TGHU FSCU OOLU SUDU TCLU MSCU MEDU TRLU GESU CAIU SEGU TTNU BMOU DFSU CRSU SZLU "
    "MNBU MWCU HLBU CGMU APRU TRIU TCNU EMCU EGHU PONU MMAU MAEU MRKU FCIU UACU HASU"
)
_SEAL_NUMBERS: Final = 10**7
_SEAL_STRIDE: Final = 7_368_787
"""Has no divisor in common with the former, so that no seal comes twice in ten million."""


class People:
    """The drivers, and their cards and companies."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._companies = [TransportOperator(each, each, None) for each in OPERATORS]
        self._agents = [TransportOperator(each, each, Raca(f"RACA-0{each}", _FOREVER)) for each in ("318", "207")]
        since = date(2024, 12, 2)
        self._list = ApprovedList("2025-1", since, since, None, frozenset(OPERATORS))
        self._admissions = [self._admission(number) for number in range(DRIVERS)]

    def comes(self) -> Admission:
        """The next driver who stands before the kiosk: some come far oftener than others."""
        return self._admissions[int(len(self._admissions) * self._random.random() ** 3)]

    def credential(self) -> Credential:
        """A card that nobody saw before."""
        kind = self._random.random()
        if kind < 0.1:
            return Credential(CardTechnology.FELICA, b"\x01" + self._random.randbytes(7))
        technology = CardTechnology.TYPE_4 if kind < 0.3 else CardTechnology.TYPE_2
        return Credential(technology, b"\x04" + self._random.randbytes(6))

    def _admission(self, number: int) -> Admission:
        choice, by_air = self._random.choice, self._random.random() < AIR_SHARE
        operator = choice(self._agents if by_air else self._companies)
        name = f"{choice(_FIRST.split())} {choice(_LAST.split())}".replace("_", " ")
        driver = Driver(f"{operator.operator_id}-{number}", name, operator.operator_id, _FOREVER, after_hours=True)
        card = Card(f"K{number:04}", self.credential(), driver.driver_id, _FOREVER, revoked=False)
        return Admission(card, driver, operator, None if by_air else self._list, attended=True)


class Yard:
    """The loads that wait: each is fetched once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        types = {each.form: each for each in read_site(SAMPLE_SITE / "site.toml").seal_types.values()}
        self._types: tuple[tuple[SealType, str], ...] = tuple(
            (types[form], prefix)
            for form, prefix in ((SealForm.BOLT, "NZB"), (SealForm.CABLE, "NZC"), (SealForm.STICKER, "NZA"))
        )
        self._owners = _OWNERS.split()
        self._first_seal = random.randrange(_SEAL_NUMBERS)
        self._numbers = self._mixed()

    def next_load(self, operator: TransportOperator) -> LoadRecord:
        """The load that this operator's driver fetches."""
        number = next(self._numbers)
        by_air = operator.raca is not None
        seal_type, prefix = self._types[2 if by_air else self._random.random() < CABLE_SHARE]
        return LoadRecord(
            load_id=load_id(number),
            mode=Mode.AIR if by_air else Mode.SEA,
            unit=PackageNumber(f"TVP-A-{number:05}") if by_air else self._container(),
            seal_type=seal_type,
            seal_number=SealNumber(f"{prefix}{self._seal(number):07}"),
            goods="",
            operator_id=operator.operator_id,
            booking=f"TVP-{number // 2:06}",
        )

    def another_seal(self, load: LoadRecord) -> SealNumber:
        """A seal that hangs where another should."""
        return SealNumber(f"{load.seal_number.text[:3]}{self._random.randrange(_SEAL_NUMBERS):07}")

    def _container(self) -> ContainerNumber:
        unit = f"{self._random.choice(self._owners)}{int(10**6 * self._random.random()):06}"
        return ContainerNumber(unit + iso6346.calc_check_digit(unit))

    def _seal(self, number: int) -> int:
        return (self._first_seal + number * _SEAL_STRIDE) % _SEAL_NUMBERS

    def _mixed(self) -> Iterator[int]:
        for first in count(0, MIXED_LOADS):
            yield from self._random.sample(range(first, first + MIXED_LOADS), MIXED_LOADS)
