"""CD4+ and CD8+ within CD3+ of one tube: their sum and their ratio (docs/sources.md#checks-between-tubes)."""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import percent_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import events, usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def cd4_cd8_of_cd3(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """CD4 + CD8 within 5 % of CD3 (beyond 10 %: fail), in the tube that gives the tables' CD8."""
    for record in _tubes(results):
        cd3, cd4, cd8 = (events(record, name) for name in ("CD3+", "CD4+", "CD8+"))
        if cd3 is None or cd4 is None or cd8 is None or cd3 < limits.least_events:
            continue
        off = 100.0 * (cd4 + cd8) / cd3 - 100.0
        if abs(off) > limits.cd4_cd8_warn_percent:
            failed = abs(off) > limits.cd4_cd8_fail_percent
            limit = limits.cd4_cd8_fail_percent if failed else limits.cd4_cd8_warn_percent
            yield at_tube(
                record, "cd4_cd8_of_cd3", Severity.FAIL if failed else Severity.WARN,
                f"CD4+ and CD8+ add up to {percent_text(1.0 + off / 100.0)} of CD3+. Review the CD3, CD4 and CD8 "
                "gates; many double-negative or double-positive T cells are possible too.",
                population="CD3+", value=100.0 + off, limit=f"{100 - limit:g} to {100 + limit:g} %",
            )  # fmt: skip


def cd4_cd8_ratio(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """CD4/CD8 outside 0.2 to 10: stains swapped, a gate lost, or a patient to look at."""
    for record in _tubes(results):
        cd4, cd8 = events(record, "CD4+"), events(record, "CD8+")
        if cd4 is None or cd8 is None or cd4 + cd8 < limits.least_events:
            continue
        ratio = cd4 / cd8 if cd8 else float("inf")
        if not limits.cd4_cd8_ratio_low <= ratio <= limits.cd4_cd8_ratio_high:
            shown = f"{ratio:.2g}" if cd8 else "unlimited (no CD8+)"
            yield at_tube(
                record, "cd4_cd8_ratio", Severity.WARN,
                f"CD4/CD8 is {shown}, so the two may be confused or gated wrongly. Review both gates and check that "
                "the stains match the panel.",
                population="CD3+", value=ratio if cd8 else None,
                limit=f"{limits.cd4_cd8_ratio_low:g} to {limits.cd4_cd8_ratio_high:g}",
            )  # fmt: skip


def _tubes(results: Results) -> Iterator[TubeRecord]:
    wanted = results.sources.figures["cd8"].tube
    return (record for record in usable(results) if record.tube == wanted)
