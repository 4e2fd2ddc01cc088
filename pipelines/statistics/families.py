"""Declared families of tests: adjusted over measures and visits; the tests of no family are descriptive."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tregate.gating.wording import counted
from tregate.pipelines.statistics.compare import Comparison
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis, family_places
from tregate.pipelines.study.analysis_declarations import Family
from tregate.pipelines.visit_tests.holm import adjusted, bonferroni, fixed_sequence, holm
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.sign_flips import how_flipped, max_t

Test = tuple[str, str]
"""(table.measure, visit)."""


def family_of(analysis: Analysis, visits: Sequence[str], baseline: str) -> dict[Test, str]:
    """Every test of a declared family -> its name; the primary endpoint, which stands alone, is in none."""
    alone = (analysis.primary_measure, analysis.primary_visit_of(visits, baseline))
    return {
        place: name
        for name, family in analysis.families.items()
        for place in family_places(family, visits, baseline)
        if place != alone
    }


def by_families(every: Sequence[Series], compared: Sequence[Comparison], analysis: Analysis) -> list[Comparison]:
    """The comparisons with p of declared families adjusted; unchanged where none is declared."""
    if not analysis.families or not every:
        return list(compared)
    visits, baseline = every[0].visits, every[0].baseline
    members = family_of(analysis, visits, baseline)
    alone = (analysis.primary_measure, analysis.primary_visit_of(visits, baseline))
    outcomes = {
        (str(series.measure), visit): outcome
        for series, comparison in zip(every, compared, strict=True)
        for visit, outcome in comparison.outcomes.items()
    }
    found = {place: replace(one, starred=place in members or place == alone) for place, one in outcomes.items()}
    for name, family in analysis.families.items():
        places = [p for p in family_places(family, visits, baseline) if p in outcomes and members.get(p) == name]
        found |= _adjusted(family, {place: found[place] for place in places}, {str(one.measure): one for one in every})
    return [
        replace(one, outcomes={visit: found[str(series.measure), visit] for visit in one.outcomes})
        for series, one in zip(every, compared, strict=True)
    ]


def _adjusted(family: Family, outcomes: Mapping[Test, Outcome], series: Mapping[str, Series]) -> dict[Test, Outcome]:
    match family.adjust:
        case "holm":
            return holm(outcomes, "test")
        case "bonferroni":
            return bonferroni(outcomes, "test")
        case "fixed_sequence":
            return fixed_sequence(outcomes, "test")
        case "max_t":
            names = {place: f"{number:04d}" for number, place in enumerate(outcomes)}
            together = max_t({name: series[m].log_changes(visit) for (m, visit), name in names.items()})
            p = {place: together.adjusted[name] for place, name in names.items() if name in together.adjusted}
            return adjusted(outcomes, p, f"max-t over {counted(len(p), 'test')}, {how_flipped(together.exact)}")
        case "none":
            return dict(outcomes)
