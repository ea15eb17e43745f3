"""What site.toml says of an office's sheet, against what the kind of sheet holds."""

from kiosk.register.errors import SheetSettingsWrong
from kiosk.register.kinds import Kind
from kiosk.site import SheetSettings


def wanted_columns(settings: SheetSettings, kind: Kind, ours: tuple[str, ...]) -> dict[str, str]:
    """What the header must call each column that the sheet has, by our names.

    Args:
        settings: How the sheet is to be read.
        kind: The kind of sheet.
        ours: Its columns by our names.

    Raises:
        SheetSettingsWrong: when the settings name a column that there is not, or one twice.
    """
    for key, named in (("columns", settings.columns), ("constants", settings.constants)):
        for name in named:
            if name not in ours:
                raise SheetSettingsWrong(kind.value, key, expected=f"only {', '.join(ours)}", got=name)
    for name in settings.constants:
        if name in settings.columns:
            raise SheetSettingsWrong(kind.value, "constants", expected="no column that the sheet has", got=name)
    return {name: settings.columns.get(name, name) for name in ours if name not in settings.constants}
