"""A rise that no treatment brings: a gate to review (docs/sources.md#plausible-values)."""

from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.parts_in_one_tube import population_of
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import visits
from tregate.pipelines.plausible.folds import Fold
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.declared import UNIT_PER_UL
from tregate.pipelines.tabulate.flags import about_per_ul
from tregate.pipelines.tabulate.folds import fold
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def fold_windows(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A measure more than its declared multiple of the subject's own baseline."""
    declared = results.sources.declared
    for relation in declared.relations(Fold):
        most = declared.limit(relation.at_most)
        for visit in visits(results):
            for measure in relation.fold:
                tubes = {results.sources.cells[cells].tube for cells in declared.quantified_by(measure)}
                record = next((record for record in visit.records if record.tube in tubes), None)
                if record is None:
                    continue
                now = results.values.of(measure, visit.subject, visit.visit)
                then = results.values.of(measure, visit.subject, results.baseline)
                rise, _ = fold(now, then, declared.flag_name(measure))
                if rise is not None and rise > most:
                    population, unit = population_of(declared, measure), declared.unit(measure)
                    named = f"{population} ({unit}) " if unit else f"{population} "
                    named = about_per_ul(population) if unit == UNIT_PER_UL else named
                    yield at_tube(
                        record, relation.check, Severity.WARN,
                        f"{named}are {number_text(rise)} times the value at "
                        f"{results.baseline}, more than treatment explains. Compare the {population} gates of both "
                        "visits.",
                        population=population, value=rise, limit=f"at most {most:g} times",
                    )  # fmt: skip
