"""Acceptance on the bench: the same tests, by pytest-embedded, for a real board and for a virtual one (docs/acceptance.md)."""
