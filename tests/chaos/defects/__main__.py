"""Runs a kiosk with a defect that was planted."""

import sys

from kiosk.cli import main
from tests.chaos.defects import DEFECTS

DEFECTS[sys.argv[1]]()
sys.exit(main(sys.argv[2:]))
