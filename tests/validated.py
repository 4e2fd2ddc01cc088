"""Hand-made tubes for the tests of the validation's measures."""

from gating.count.estimates import Estimate
from pipelines.validation.confronted import Confronted, Overlap
from pipelines.validation.tubes import Making, Series, ValidatedTube


def row(
    population: str,
    value: float | None,
    truth: float = 100.0,
    *,
    half: float = 10.0,
    overlap: tuple[int, int, int] = (100, 100, 100),
    flags: tuple[str, ...] = (),
) -> Confronted:
    """A figure value ± half beside its truth; `overlap` is (found, true, both)."""
    figure = None if value is None else Estimate(value, value - half, value + half)
    return Confronted(population, "cells/µL", Overlap(*overlap), figure, True, truth, flags)


def tube(
    *rows: Confronted,
    condition: str = "nominal",
    seed: int = 0,
    series: Series = Series.CONDITION,
    fault: str = "",
) -> ValidatedTube:
    return ValidatedTube(Making("tetrachrome_nk", series, condition, seed, 1000), rows, fault)
