"""`tregate.validate`: a strategy against synthetic tubes of known truth."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.library.frames import dataframe
from tregate.pipelines.validation.tables import measures_table, tubes_table
from tregate.pipelines.validation.validate import ALL, EVENTS, SEEDS, Validation
from tregate.pipelines.validation.validate import validate as validate_strategy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ValidationResult:
    """How well a strategy did."""

    _validation: Validation = field(repr=False)

    @property
    def measures(self) -> "pd.DataFrame":
        """validation.csv: one row per condition and population; errors and rates in percent."""
        return dataframe(measures_table(self._validation.measures))

    @property
    def tubes(self) -> "pd.DataFrame":
        """validation_tubes.csv: one row per tube and population."""
        return dataframe(tubes_table(self._validation.tubes))


def validate(
    strategy: Strategy | str,
    *,
    conditions: Sequence[str] = (ALL,),
    seeds: int = SEEDS,
    events: int = EVENTS,
    kind: str | None = None,
    series: bool = True,
    workers: int = 1,
) -> ValidationResult:
    """Gate synthetic tubes whose truth is known and measure how well the populations were found.

    Parameters
    ----------
    strategy : from `tregate.load_strategy`, or its shipped name or path
    conditions : names of conditions ("nominal", ...), or "all"
    seeds : tubes per condition
    events : events per tube, about
    kind : kind of synthetic tube; the strategy's own name where None
    series : also a dilution series and short acquisitions
    workers : processes

    Returns
    -------
    ValidationResult with the DataFrames `.measures` (precision, recall, F1 from 0 to 1; bias, CV and coverage [%]) and
    `.tubes`. The same numbers for the same arguments, whatever `workers`.

    Raises
    ------
    ConfigurationError : no such strategy, kind or condition, or no population whose truth is known

    Notes
    -----
    Conditions and targets are in docs/validation.md.

    Examples
    --------
    >>> import tregate as tg
    >>> found = tg.validate("treg", conditions=["nominal"], seeds=1, events=5000, series=False)
    >>> found.measures["condition"].unique().tolist()
    ['nominal']
    """
    loaded = load_strategy(strategy) if isinstance(strategy, str) else strategy
    return ValidationResult(validate_strategy(loaded, kind, conditions, seeds, events, workers, series=series))
