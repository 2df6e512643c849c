"""Reads the tables of the documentation, so that its hand-computed examples can be held against the code."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def tables(page: str) -> dict[str, list[dict[str, str]]]:
    """Every table of a page as rows of {column: cell}, named by its columns joined with `, `."""
    found: dict[str, list[dict[str, str]]] = {}
    header: list[str] = []
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not header:
            header = cells
            found[", ".join(header)] = []
        elif set(line) != set("|-"):
            found[", ".join(header)].append(dict(zip(header, cells, strict=True)))
    return found


def number(cell: str) -> float | None:
    """The figure in a cell; `none` is no data."""
    return None if cell == "none" else float(cell)
