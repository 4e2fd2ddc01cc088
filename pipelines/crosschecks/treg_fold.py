"""A Treg rise that no course of low-dose IL-2 brings: a gate to look at (docs/sources.md#plausible-values)."""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import visits
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.figures import concentration, share
from tregate.pipelines.tabulate.folds import fold
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def treg_fold(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Treg % of CD4+, or Treg/µL, more than 6-fold of the subject's own baseline."""
    tube = results.sources.figures["treg"].tube
    for visit in visits(results):
        record = next((record for record in visit.records if record.tube == tube), None)
        if record is None:
            continue
        for what, figure in (("% of CD4+", share), ("/µL", concentration)):
            now = figure(results, "treg", visit.subject, visit.visit)
            then = figure(results, "treg", visit.subject, results.baseline)
            rise, _ = fold(now, then, "treg")
            if rise is not None and rise > limits.treg_fold:
                yield at_tube(
                    record, "treg_fold", Severity.WARN,
                    f"Treg ({what}) are {number_text(rise)} times the value at {results.baseline}, more than treatment "
                    "explains. Compare the Treg gates of both visits.",
                    population="Treg", value=rise, limit=f"at most {limits.treg_fold:g} times",
                )  # fmt: skip
