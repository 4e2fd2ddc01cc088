"""Treg as a percentage of Teff, by the definition that the table declares.

Source: docs/sources.md#definitions-of-populations.
"""

from typing import assert_never

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.tabulate.figures import Figure, concentration, share
from tregate.pipelines.tabulate.results import Results

NO_TEFF = "teff_not_positive"
"""The population less the Treg is nothing: no ratio."""


def treg_percent_of_teff(results: Results, subject: str, visit: str, treg: Figure) -> Figure:
    """100 x Treg / Teff; `treg` in cells/µL. Teff = CD4 - Treg is told within the Treg tube and needs no beads."""
    match results.sources.teff:
        case "cd4_non_treg":
            of_cd4 = share(results, "treg", subject, visit)
            if of_cd4.value is None:
                return Figure(None, None, of_cd4.flags)
            return _ratio(of_cd4.value, 100.0 - of_cd4.value, ())
        case "cd3":
            return _against(results, subject, visit, treg, ("cd3",), without_treg=False)
        case "cd3_minus_treg":
            return _against(results, subject, visit, treg, ("cd3",), without_treg=True)
        case "cd4_plus_cd8_minus_treg":
            return _against(results, subject, visit, treg, ("cd4", "cd8"), without_treg=True)
        case _:
            assert_never(results.sources.teff)


def _against(
    results: Results, subject: str, visit: str, treg: Figure, measures: tuple[str, ...], *, without_treg: bool
) -> Figure:
    parts = [concentration(results, measure, subject, visit) for measure in measures]
    marks = tuple(flag for part in parts for flag in part.flags)
    values = [part.value for part in parts if part.value is not None]
    if treg.value is None or len(values) < len(parts):
        return Figure(None, None, marks)
    return _ratio(treg.value, sum(values) - (treg.value if without_treg else 0.0), marks)


def _ratio(treg: float, teff: float, marks: tuple[str, ...]) -> Figure:
    if teff <= 0.0:
        return Figure(None, None, (*marks, NO_TEFF))
    value = 100.0 * treg / teff
    return Figure(Estimate(value, value, value), None, marks)
