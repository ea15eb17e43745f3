"""Textual screens over pure view models."""
