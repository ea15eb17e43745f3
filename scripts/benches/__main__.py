"""``python -m scripts.benches``, which scripts/bench calls."""

import sys

from scripts.benches.command import main

sys.exit(main())
