import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import BadNumber
from kiosk.core.loads import LoadRecord
from kiosk.core.rules import number_of_scan, symbology_problem
from kiosk.core.seals import SealForm, SealNumber, SealType, Symbology, Tidying, VvttStep
from tests.core.samples import BOLTED, at, seal_type
from tests.core.test_rules import scan


def free(*tidying: Tidying) -> SealType:
    return SealType("free", SealForm.BOLT, re.compile(r"[!-~ ]+"), frozenset(tidying), frozenset(), False, None)


def test_the_form_of_a_seal_decides_its_steps() -> None:
    assert seal_type(SealForm.BOLT).steps == (VvttStep.VIEW, VvttStep.VERIFY, VvttStep.TUG, VvttStep.TWIST)
    assert seal_type(SealForm.CABLE).steps == (VvttStep.VIEW, VvttStep.VERIFY, VvttStep.TUG)
    assert seal_type(SealForm.STICKER).steps == (VvttStep.VIEW, VvttStep.VERIFY)


@pytest.mark.parametrize(
    ("tidying", "number"),
    [
        ((), "xyz 12-3"),
        ((Tidying.UPPER_CASE,), "XYZ 12-3"),
        ((Tidying.DROP_SPACES,), "xyz12-3"),
        ((Tidying.DROP_HYPHENS,), "xyz 123"),
        (tuple(Tidying), "XYZ123"),
    ],
)
def test_a_number_is_tidied_as_its_type_names_and_nothing_else(tidying: tuple[Tidying, ...], number: str) -> None:
    assert free(*tidying).read("xyz 12-3") == SealNumber(number)


@given(st.from_regex(r"[A-Z]{1,3}[0-9]{4,8}", fullmatch=True))
def test_a_prefix_is_never_dropped(number: str) -> None:
    digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert free(*Tidying).read(number) != free(*Tidying).read(digits)


@pytest.mark.parametrize(
    "text", ["", "NZ12345", "NZ1234567", "NZ\u0661\u0662\u0663\u0664\u0665\u0666", "\u0133" * 3, "9" * 36]
)
def test_what_is_no_number_of_the_type_is_refused_by_what_came(text: str) -> None:
    with pytest.raises(BadNumber, match="expected a number of a SES bolt seal, got"):
        seal_type(SealForm.BOLT).read(text)


def test_a_load_record_never_shows_its_seal_number_in_a_log_line() -> None:
    assert isinstance(BOLTED, LoadRecord)
    assert BOLTED.seal_number.text not in repr(BOLTED)
    assert BOLTED.seal_number.text not in f"{BOLTED}"


def test_a_gs1_barcode_carries_the_number_in_the_element_that_the_type_names() -> None:
    in_21 = seal_type(SealForm.BOLT, gs1="21")
    assert number_of_scan(in_21, scan("01...21NZ1", Symbology.GS1_128, (("01", "x"), ("21", "NZ1")))) == "NZ1"
    assert number_of_scan(in_21, scan("01...", Symbology.GS1_128, (("01", "x"),))) == ""
    assert number_of_scan(in_21, scan("NZ1", Symbology.CODE_128)) == "NZ1"
    whole = seal_type(SealForm.BOLT)
    assert number_of_scan(whole, scan("21NZ1", Symbology.GS1_128, (("21", "NZ1"),))) == "21NZ1"
    assert at().monotonic == 1000.0


def test_symbologies_that_the_type_does_not_have_are_refused_by_name() -> None:
    bolt = seal_type(SealForm.BOLT)
    itf = scan("000221", Symbology.ITF)
    assert number_of_scan(bolt, itf) is None
    assert str(symbology_problem(bolt, itf)) == "Interleaved 2 of 5 is not taken. This seal has Code 128 or GS1-128."
    assert number_of_scan(bolt, scan("NZ100001", None)) == "NZ100001"
    strict = seal_type(SealForm.BOLT, identify=True)
    assert number_of_scan(strict, scan("NZ100001", None)) is None
    assert "does not name" in str(symbology_problem(strict, scan("NZ100001", None)))
    bare = seal_type(SealForm.BOLT, barcode=False)
    assert number_of_scan(bare, scan("NZ100001", None)) is None
    assert "it is keyed" in str(symbology_problem(bare, scan("NZ100001", None)))
