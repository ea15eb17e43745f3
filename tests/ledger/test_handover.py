"""The note that tells who knows an old key which is the new one."""

import pytest

from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.errors import NotProved
from kiosk.ledger.handover import Handover, Why, is_handover, open_handover, sign_handover
from kiosk.ledger.note import SignerKey, sign_note

OLD, NEW, OTHER = (SignerKey.make("sealgate/ab") for _ in range(3))
ROTATED = Handover(OLD.verifier, NEW.verifier, Why.ROTATED)


def test_who_knows_the_old_key_or_the_new_one_reads_which_took_whose_place() -> None:
    note = sign_handover(OLD, ROTATED, NEW)
    assert is_handover(note)
    assert open_handover(note, OLD.verifier) == open_handover(note, NEW.verifier) == ROTATED
    with pytest.raises(NotProved, match="signature: expected one by"):
        open_handover(note, OTHER.verifier)


def test_a_note_that_the_old_key_did_not_sign_says_nothing_to_who_knows_that_one_alone() -> None:
    note = sign_handover(None, Handover(OLD.verifier, NEW.verifier, Why.LOST), NEW)
    assert open_handover(note, NEW.verifier).why is Why.LOST
    with pytest.raises(NotProved, match="signature"):
        open_handover(note, OLD.verifier)


def test_a_key_says_nothing_about_two_others() -> None:
    with pytest.raises(NotProved, match="change of key"):
        open_handover(sign_note(ROTATED.text, OTHER), OTHER.verifier)


OTHER_TEXTS = (
    "",
    "\n",
    ROTATED.text + "\n",
    ROTATED.text.replace("because rotated", "because"),
    ROTATED.text.replace("old ", "old  "),
    ROTATED.text.replace("old ", ""),
    ROTATED.text.replace("new ", "NEW "),
    ROTATED.text.replace("key\n", "keys\n"),
    f"{ROTATED.text}because lost\n",
    f"sealgate checkpoint key\nold {OLD.verifier.text}\nnew none\nbecause lost\n",
)


@pytest.mark.parametrize("text", OTHER_TEXTS, ids=range(len(OTHER_TEXTS)))  # the keys are others each time
def test_any_other_text_is_no_change_of_key(text: str) -> None:
    with pytest.raises(NotProved, match="change of key"):
        Handover.parse(text)


def test_where_even_the_public_half_of_the_old_key_is_lost_it_is_named_none() -> None:
    lost = Handover(None, NEW.verifier, Why.LOST)
    assert "\nold none\n" in lost.text
    assert Handover.parse(lost.text) == lost


def test_no_change_of_key_is_taken_for_a_checkpoint() -> None:
    with pytest.raises(NotProved, match="a size in decimal"):
        open_checkpoint(sign_handover(OLD, ROTATED, NEW), OLD.verifier)
