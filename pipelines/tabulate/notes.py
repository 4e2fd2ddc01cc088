"""What must be said once about all counts of a run: undeclared uncertainties, and the correction for pairs."""

from collections.abc import Iterator, Sequence
from statistics import median

from tregate.gating.qc.gates import GATE_BY_HAND
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def notes_on_counts(records: Sequence[TubeRecord]) -> tuple[str, ...]:
    """Sentences for the foot of the tables; none where no tube has a concentration."""
    counted = [record for record in records if record.result is not None and record.counted_by is not None]
    return (*_preparation(counted), *_pairs(counted)) if counted else ()


def _preparation(counted: Sequence[TubeRecord]) -> Iterator[str]:
    if any(record.counted_by is not None and record.counted_by.preparation_cv_percent == 0 for record in counted):
        yield (
            "No uncertainty of preparation (pipetting, lysing) is declared, so the confidence limits do not include it."
        )


def _pairs(counted: Sequence[TubeRecord]) -> Iterator[str]:
    factors = [record.result.coincidence for record in counted if record.result is not None]
    known = [factor for factor in factors if factor.source not in ("off", "none")]
    if known:
        middle = median(factor.factor for factor in known)
        what = "multiplied by" if known[0].applied else "not corrected for"
        yield f"Cells that passed the laser in pairs: cells/µL are {what} a factor of {middle:.3f} (median of tubes)."
    if any(factor.source == "none" for factor in factors):
        yield "In some tubes the share of cells in pairs is not known; their upper confidence limits are 3 % higher."
    if all(factor.source == "off" for factor in factors):
        yield "Cells/µL are not corrected for cells that passed the laser in pairs."


def notes_on_hands(findings: Sequence[TubeFinding]) -> tuple[str, ...]:
    """How many gates a reviewer placed; no note where there are none."""
    gates = {(found.file, found.finding.population) for found in findings if found.finding.check == GATE_BY_HAND}
    if not gates:
        return ()
    tubes = len({file for file, _ in gates})
    many, more = ("s" if len(gates) > 1 else ""), ("s" if tubes > 1 else "")
    return (f"{len(gates)} gate{many} of {tubes} tube{more} placed by a person; values that rest on them are flagged.",)
