"""Populations in which dead cells may be counted."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.wording import percent_text


def low_scatter(tube: Inspected) -> Iterator[Finding]:
    """The outermost populations within the scatter gate too many of whose events scatter less light than the rest."""
    outer, limit = tube.strategy.scatter_population, tube.limits.low_scatter
    reported = set[str]()
    for name, share in tube.low_scatter.items():
        if name == outer or share <= limit or reported.intersection(tube.strategy.lineage(str(name))):
            continue
        reported.add(str(name))
        yield Finding(
            "low_scatter", Severity.WARN,
            f"{name}: {percent_text(share)} of the events scatter less light forward than the others, as dead cells do "
            f"(limit {percent_text(limit)}), so the count may be too high. Review the gate, and stain viability.",
            str(name), share, f"at most {limit:g}",
        )  # fmt: skip
