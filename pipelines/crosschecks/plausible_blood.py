"""Concentrations that can be blood: of each person within wide windows, of the study as a whole within narrow ones."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.blood import Blood, at_figure, blood_of, counted_directly, counting_record
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

LEAST_SUBJECTS = 3
ADVICE = "Check beads per µL, volumes and dilution"


def plausible_blood(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A study whose median no blood has fails in every row; else each figure outside a person's window is flagged."""
    blood = blood_of(results)
    wrong = _study(results, limits, blood)
    if wrong:
        cells, middle, low, high = wrong[0]
        message = (
            f"Median {cells} at {results.baseline} is {middle:.3g}/µL, expected {low:g} to {high:g} in blood "
            f"({len(wrong)} kinds of cells outside). {ADVICE} of all tubes, or set limits under `checks:`."
        )
        finding = Finding("blood_implausible", Severity.FAIL, message, "", middle, f"{low:g} to {high:g}")
        for tube in sorted({str(source.tube) for source in results.sources.figures.values() if source.by_beads}):
            yield TubeFinding("", "", tube, "", finding)
        return
    for place, values in blood.items():
        for cells, value in values.items():
            window = limits.blood.get(cells)
            if window is None or window.low <= value <= window.high or _few(results, limits, cells, place):
                continue
            found = at_figure(
                results, cells, place, "blood_implausible", Severity.WARN,
                f"{value:.3g} {cells}/µL is beyond what blood is expected to hold. {ADVICE}; a true extreme stays as "
                "it is.",
                value=value, limit=f"{window.low:g} to {window.high:g}",
            )  # fmt: skip
            if found is not None:
                yield found


def _few(results: Results, limits: StudyLimits, cells: str, place: tuple[str, str]) -> bool:
    """Whether the tube holds too few events to say anything."""
    record = counting_record(results, cells, *place)
    count = None if record is None else record.count(results.sources.figures[cells].population)
    return count is None or (count.parent_events or 0) < limits.least_events


def _study(results: Results, limits: StudyLimits, blood: Blood) -> list[tuple[str, float, float, float]]:
    """(cells, median, low, high) of what the baseline's median cannot be; most cells must agree on it."""
    directly = [cells for cells in counted_directly(results) if cells in limits.blood]
    judged, wrong = 0, []
    for cells in directly:
        values = [found[cells] for (_, visit), found in blood.items() if visit == results.baseline and cells in found]
        if len(values) < LEAST_SUBJECTS:
            continue
        judged += 1
        window, middle = limits.blood[cells], median(values)
        if not window.study_low <= middle <= window.study_high:
            wrong.append((cells, middle, window.study_low, window.study_high))
    return wrong if 3 * len(wrong) >= judged else []
