"""A finding about a subject's visit or about a whole visit of a table."""

from dataclasses import dataclass

from gating.findings import Finding


@dataclass(frozen=True)
class VisitFinding:
    """A row of findings.csv without tube and file; subject or visit "" where it concerns all of them."""

    subject: str
    visit: str
    finding: Finding
