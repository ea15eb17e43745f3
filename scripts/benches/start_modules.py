"""The command ``sealgate``, which at its end notes the third-party modules that it holds.

usage: python -m scripts.benches.start_modules FILE COMMAND ...
"""

import json
import sys
import sysconfig
from pathlib import Path

from kiosk.cli import main


def third_party_modules() -> list[str]:
    """The modules that came from where packages are installed, in the order in which they were imported."""
    homes = {sysconfig.get_path(each) for each in ("purelib", "platlib")}
    return [
        name
        for name, module in tuple(sys.modules.items())
        if any((getattr(module, "__file__", None) or "").startswith(f"{home}/") for home in homes)
    ]


if __name__ == "__main__":
    code = main(sys.argv[2:])
    Path(sys.argv[1]).write_text(json.dumps(third_party_modules()), encoding="utf-8")
    sys.exit(code)
