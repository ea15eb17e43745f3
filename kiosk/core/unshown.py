"""What keeps a value from being drawn: a crash that shows locals would name every field of a Struct."""


def nothing_drawn(_: object) -> list[tuple[str, object]]:
    """For a class's ``__rich_repr__``."""
    return []
