"""Documents that a staff console was given, kept as files: none ever takes another's place."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from kiosk.console.gatehouse import Document

_MOST_COPIES: Final = 1000
"""Files of one name in a folder; whoever has so many wants another folder."""


def keep_in(folder: Path, document: Document) -> str:
    """Write a document into a folder, beside what is there; returns where it lies.

    Raises:
        OSError: It could not be written.
    """
    folder.mkdir(mode=0o750, exist_ok=True)
    name = folder / (Path(document.name).name or "document")
    for copy in range(1, _MOST_COPIES):
        path = name if copy == 1 else name.with_stem(f"{name.stem}-{copy}")
        with suppress(FileExistsError), path.open("xb") as file:
            file.write(document.content)
            return str(path)
    raise FileExistsError(f"{_MOST_COPIES} files called {name} and the like")
