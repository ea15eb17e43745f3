"""Emulated hardware that speaks the real protocols to the unmodified drivers. For the demo and the tests alone."""
