"""Covers findings so that a text can be shown without them (R11)."""

from collections.abc import Iterable

from guidelines.verdict import Finding


def mask(text: str, findings: Iterable[Finding]) -> str:
    """The text with each finding replaced by the name of its rule in brackets.

    Nothing of what was covered is told, its length neither. Findings that overlap or touch are covered by one name, the
    first one's. Offsets are those of the text that was screened.
    """
    pieces: list[str] = []
    shown_to = 0
    for finding in sorted(findings, key=lambda finding: (finding.start, -finding.end)):
        if finding.start > shown_to or not pieces:
            pieces += [text[shown_to : finding.start], f"[{finding.rule.code}]"]
        shown_to = max(shown_to, finding.end)
    return "".join([*pieces, text[shown_to:]])
