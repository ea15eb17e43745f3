"""The seal reader's tasks. app.py builds and runs them; boards/ holds what differs from board to board."""

VERSION = "0.1.0"
"""Of the firmware, at most 16 characters: Hello says it."""
