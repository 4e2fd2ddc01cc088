"""Tubes whose cells/µL are those of another way of counting, multiplied by a declared factor."""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube, beads_of
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def bridged_counts(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """One finding per kind of tube: its values rest on the factor, and fold changes to tubes with beads do too."""
    for record in usable(results):
        used = record.counted_by
        if used is None or used.bridging_factor is None:
            continue
        yield at_tube(
            record, "bridged_count", Severity.WARN,
            f"Cells/µL of tubes {record.tube} without beads are multiplied by the declared bridging factor "
            f"{used.bridging_factor:g}, so that fold changes to tubes with beads rest on it. Check it on blood counted "
            "both ways.",
            population=beads_of(record), value=used.bridging_factor, of_setup=True,
        )  # fmt: skip
