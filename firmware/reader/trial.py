"""What became of an image on trial, told when the link to a kiosk is up."""

import slots
from sealwire.messages import UpdateState

_WHY_LEFT = {
    slots.SILENT: "the new image was left: it did not reach a kiosk in its trial; the old one runs",
    slots.RAISED: "the new image was left: it ended by an error; the old one runs",
    slots.SPOILED: "the new image was left: the flash does not hold it as it was sent; the old one runs",
}


def word(root: str) -> "UpdateState | None":
    """What is to be told to the kiosk, once. If this firmware runs on trial, it has passed now.

    Args:
        root: The board's folder of flash.

    Raises:
        OSError: The flash cannot be written: the trial goes on, and is told another time.
    """
    if slots.on_trial():
        slots.passed(root)
        return UpdateState(UpdateState.KEPT, 0, "")
    state = slots.load(root)
    if state.left == slots.WELL:
        return None
    why = _WHY_LEFT[state.left]
    state.left = slots.WELL
    slots.store(root, state)
    return UpdateState(UpdateState.LEFT, 0, why)
