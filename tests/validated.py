"""Hand-made tubes for the tests of the validation's measures."""

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.validation.comparison import Comparison, Overlap
from tregate.pipelines.validation.tubes import Making, Series, ValidatedTube


def row(
    population: str,
    value: float | None,
    truth: float = 100.0,
    *,
    half: float = 10.0,
    overlap: tuple[int, int, int] = (100, 100, 100),
    flags: tuple[str, ...] = (),
) -> Comparison:
    """A figure value ± half beside its truth; `overlap` is (found, true, both)."""
    figure = None if value is None else Estimate(value, value - half, value + half)
    return Comparison(population, "cells/µL", Overlap(*overlap), figure, True, truth, flags)


def tube(
    *rows: Comparison,
    condition: str = "nominal",
    seed: int = 0,
    series: Series = Series.CONDITION,
    fault: str = "",
) -> ValidatedTube:
    return ValidatedTube(Making("tetrachrome_nk", series, condition, seed, 1000), rows, fault)
