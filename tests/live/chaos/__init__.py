"""Accidents by chance, and whether every promise was kept: `python -m tests.live.chaos`."""
