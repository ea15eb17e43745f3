"""Textual screens over pure view models."""

import os

FRAMES_PER_S = 250
"""How often a second Textual may draw. Its own 60 make an answer wait for up to 17 ms after it was worked out."""

# Textual reads this once, when it is first imported. It draws only what has changed, so nothing runs more often.
os.environ.setdefault("TEXTUAL_FPS", str(FRAMES_PER_S))
