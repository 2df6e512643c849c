"""The page on which developers try queries; its scripts are served from here and nowhere else."""

from pathlib import Path

FILES = Path(__file__).parent / "files"


def page() -> bytes:
    """The page, for development."""
    return (FILES / "index.html").read_bytes()
