"""What an update says no with."""

from kiosk.core.errors import SealgateError


class BundleRefused(SealgateError):
    """A file is no release, is not whole, or nobody whom this kiosk trusts signed it. Nothing of it was unpacked."""


class NotForThisKiosk(SealgateError):
    """A sound release that this kiosk does not take: of another machine, older, or too new in one step."""


class NotApplied(SealgateError):
    """A release could not be put beside the version that runs, which goes on as it was."""


class KeysRefused(SealgateError):
    """The public keys that releases are checked by cannot be used."""
