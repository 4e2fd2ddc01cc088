"""Can this table be? Parts within wholes, spreads that fit together, p that n allows.

Works on means and SDs alone, so on a printed table as well as on a summary.
"""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.plausible import KINDS
from tregate.pipelines.plausible.mean_cell import MeanCells
from tregate.pipelines.plausible.relation import AtVisit, Called, Relation
from tregate.pipelines.plausible.spreads import ROUNDING
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tubes.records import TubeFinding
from tregate.pipelines.visit_tests.outcome import STARS, floor_of


def implausible(table: MeanCells, declared: Declared) -> list[TubeFinding]:
    """Everything about the table that cannot be (fail) or is for review (warn, info), visit by visit.

    By the relations that the table definition declares as `plausible`, kind by kind, and by what stars claim.
    """
    visits = list(dict.fromkeys(visit for _, visit in table))
    return [
        TubeFinding("", visit, "", "", finding)
        for visit in visits
        for finding in _at_visit(declared, {measure: cell for (measure, at), cell in table.items() if at == visit})
    ]


def _at_visit(declared: Declared, at: AtVisit) -> Iterator[Finding]:
    """One finding for each number and what it is compared with, the worst where two limits of one kind break it."""

    def called(measure: str) -> str:
        return declared.heading(measure, comma=False) if measure in declared.measures else measure

    worst: dict[tuple[type[Relation], frozenset[str], float | None], Finding] = {}
    for kind in KINDS.values():
        for relation in declared.relations(kind):
            for found in relation.broken_by(at, declared.limit, called):
                key = kind, relation.measures, found.value
                if key not in worst or (found.severity is Severity.FAIL and worst[key].severity is not Severity.FAIL):
                    worst[key] = found
    yield from worst.values()
    yield from _claims(at, called)


def p_beyond_floor(what: str, p_value: float, pairs: int) -> Finding | None:
    """A finding where a printed p is smaller than an exact paired test of so many pairs can give."""
    floor = floor_of(pairs)
    if p_value >= floor * (1.0 - ROUNDING):
        return None
    return Finding(
        "p_below_floor",
        Severity.WARN,
        f"{what}: p = {p_value:g} is smaller than an exact paired test of {pairs} pairs can give. Check the "
        "test and the number of pairs.",
        value=p_value,
        limit=f"at least {floor:.4g}",
    )


def _claims(at: AtVisit, called: Called) -> Iterator[Finding]:
    for quantity, cell in at.items():
        if cell.pairs_floor is None:
            continue
        claimed = next((limit for limit, stars in STARS if stars == cell.stars), cell.claimed)
        if claimed is not None and cell.pairs_floor >= claimed:
            what = f'the remark "{cell.stars}"' if cell.claimed else f"the stars {cell.stars} (p < {claimed:g})"
            yield Finding(
                "stars_below_floor",
                Severity.FAIL,
                f"{called(quantity)} has {what}, but an exact test of these pairs cannot give so small a p. Check the "
                "test.",
                value=claimed,
                limit=f"p at least {cell.pairs_floor:.4g}",
            )
