"""A bead lot that the other tubes of its visit do not have."""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube, beads_of
from tregate.pipelines.crosschecks.visits import visits
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def odd_lot(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A lot that a visit's other bead tubes do not have, where tubes of one visit otherwise share theirs."""
    mixed = []
    shared = 0
    for visit in visits(results):
        counted = [record for record in visit.records if record.counted_by is not None and record.bead_lot]
        if len(counted) < 2:
            continue
        if len({record.bead_lot for record in counted}) > 1:
            mixed.append(counted)
        else:
            shared += 1
    if len(mixed) > limits.rare_share * (shared + len(mixed)):
        return
    for counted in mixed:
        for record in counted:
            others = ", ".join(sorted({other.bead_lot for other in counted} - {record.bead_lot}))
            yield at_tube(
                record, "odd_lot", Severity.WARN,
                f'Bead lot "{record.bead_lot}" here and "{others}" in another tube of this visit; the study '
                'otherwise uses '
                "one lot a visit. Correct the row if it was mistyped.",
                population=beads_of(record), of_setup=True,
            )  # fmt: skip
