"""`tregate.gate` and `tregate.count`: one tube as DataFrames and membership masks."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tregate.gating.count import flags
from tregate.gating.count.estimates import CountingInput
from tregate.gating.errors import CountError
from tregate.gating.events import Gated, Prepared
from tregate.gating.prepare.one_channel import compensated_channel
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult, TubeTask, count_tube, gate_tube
from tregate.gating.units import PopulationName
from tregate.library.frames import dataframe
from tregate.pipelines.export.run_tables import findings_table
from tregate.pipelines.interchange.gates_file import gates_table
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, counts_table, resolve
from tregate.pipelines.tubes.records import TubeRecord, findings_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd


@dataclass(frozen=True)
class GatedSample:
    """One gated tube.

    The `tube` column of its DataFrames holds the strategy's name; `subject` and `visit` are empty, because one file
    does not say them.
    """

    result: TubeResult
    """Everything as plain values: binding, compensation, counts, gates, findings."""
    strategy: Strategy
    task: TubeTask = field(repr=False)
    _prepared: Prepared = field(repr=False, compare=False)
    _gated: Gated = field(repr=False, compare=False)

    @property
    def populations(self) -> tuple[str, ...]:
        """Names of the populations, in gating order."""
        return tuple(str(name) for name in self._gated.order)

    @property
    def counts(self) -> "pd.DataFrame":
        """One row per population, in gating order: the columns of counts.csv.

        `events`, `percent_of_parent` [%], and from `tregate.count` on `cells_per_ul` [cells/µL] with 95 % limits.
        """
        record = self._record
        sources = resolve(load_tables("treg_nk"), {record.tube: self.strategy})
        results = Results((record.subject,), (record.visit,), record.visit, (record,), sources, findings_of(record))
        return dataframe(counts_table(results))

    @property
    def gates(self) -> "pd.DataFrame":
        """One row per gate, as it was placed on this tube: the columns of gates.csv."""
        place = (self._record.subject, self._record.visit, self._record.tube, self._record.file)
        return dataframe(gates_table([(place, self.result.gates)]))

    @property
    def findings(self) -> "pd.DataFrame":
        """One row per quality finding: the columns of findings.csv."""
        return dataframe(findings_table(findings_of(self._record)))

    def mask(self, population: str) -> "npt.NDArray[np.bool_]":
        """Which events are members of a population; "all" is every event.

        Returns an array of bool, shape (n_events,). Raises KeyError for a population that the strategy does not
        have, or that could not be measured (`counts` flags it "unmeasured").
        """
        if population != "all" and population not in self._gated.members:
            why = self._gated.unmeasured.get(PopulationName(population))
            known = f"populations: {', '.join(self.populations)}"
            raise KeyError(f"{population} was not measured: {why}" if why else f"no population {population}; {known}")
        return self._gated.mask(PopulationName(population))

    def events(self, population: str, marker: str) -> "npt.NDArray[np.float64]":
        """Linear intensities of a population's events on one marker, compensated as for gating.

        Parameters
        ----------
        population : a name of `populations`, or "all"
        marker : a marker of the strategy, such as "CD25" or "FSC-A"

        Returns
        -------
        array of float64, shape (n_members,), in file order and in the units of the file's linear scale

        Raises
        ------
        KeyError : no such population or marker in this tube

        Examples
        --------
        >>> import tregate as tg
        >>> tube = tg.gate("treg.fcs", tg.load_strategy("treg"))
        >>> foxp3 = tube.events("Treg", "Foxp3")
        >>> foxp3.shape == (tube.mask("Treg").sum(),)
        True
        """
        index = {str(name): i for name, i in self._prepared.binding.channels.items()}.get(marker)
        if index is None:
            known = ", ".join(map(str, self._prepared.binding.channels))
            raise KeyError(f"no marker {marker} in this tube; markers: {known}")
        rows = self.mask(population).nonzero()[0]
        return compensated_channel(self._prepared.sample, self._prepared.compensation, index, rows)

    @property
    def _record(self) -> TubeRecord:
        return TubeRecord(
            subject="",
            visit="",
            tube=self.strategy.strategy,
            file=self.task.path.name,
            strategy_name=self.strategy.strategy,
            washed=self.strategy.washed,
            result=self.result,
            counted_by=self.task.counted_by,
            bead_lot="" if self.task.counted_by is None else self.task.counted_by.lot,
        )


def gate(
    path: str | Path,
    strategy: Strategy | str,
    *,
    data_set: int | None = None,
    matrix: str | Path | None = None,
) -> GatedSample:
    """Gate one tube: read, match stains to markers, compensate, place each gate from the data, count events, check.

    Parameters
    ----------
    path : FCS file
    strategy : from `tregate.load_strategy`, or its shipped name or path
    data_set : 1-based number of the data set, for files that hold several
    matrix : CSV file of a spillover matrix that replaces the file's own

    Returns
    -------
    GatedSample with the DataFrames `.counts`, `.gates` and `.findings` and with `.mask(population)`, shape (n_events,).
    Concentrations are empty until `tregate.count`.

    Raises
    ------
    ConfigurationError : the strategy does not exist or is wrong
    TubeError : the tube cannot be gated; its subclass (ReadError, PanelError, CompensationError) says why

    Notes
    -----
    The methods that place gates, with their sources, are in docs/strategies.md.

    Examples
    --------
    >>> import tregate as tg
    >>> tube = tg.gate("treg.fcs", tg.load_strategy("treg"))
    >>> tube.counts.set_index("population").loc["Treg", "parent"]
    'CD4+'
    >>> bool((tube.counts["percent_of_parent"].dropna() <= 100).all())
    True
    """
    loaded = load_strategy(strategy) if isinstance(strategy, str) else strategy
    task = TubeTask(
        path=Path(path),
        strategy=loaded,
        data_set=data_set,
        matrix_csv=None if matrix is None else Path(matrix),
        no_beads=_why_no_beads(loaded),
    )
    prepared, gated = gate_tube(task)
    return GatedSample(count_tube(task, prepared, gated), loaded, task, prepared, gated)


def count(tube: GatedSample, beads: CountingInput) -> GatedSample:
    """Concentrations from counting beads: cells/µL = cells / beads x beads added / blood volume x dilution.

    Parameters
    ----------
    tube : from `tregate.gate`
    beads : a `tregate.CountingInput`: lot, blood volume [µL], and beads/µL with bead volume [µL], or beads per tube

    Returns
    -------
    GatedSample whose `.counts` has `cells_per_ul` [cells/µL] with exact 95 % limits, widened by the declared CVs of
    the lot and of the preparation. The gates are the same.

    Raises
    ------
    CountError : the tube was washed, its strategy gates no beads, or the bead load is impossible

    Notes
    -----
    Limits: Clopper & Pearson, Biometrika 26 (1934) 404, on cells / (cells + beads).

    Examples
    --------
    >>> import tregate as tg
    >>> tube = tg.gate("tetrachrome_t.fcs", tg.load_strategy("tetrachrome_t"))
    >>> beads = tg.CountingInput(lot="L1", blood_volume_ul=100, beads_per_ul=1000, bead_volume_ul=100)
    >>> counted = tg.count(tube, beads).counts.set_index("population")
    >>> low, value, high = counted.loc["CD4+", ["cells_per_ul_low", "cells_per_ul", "cells_per_ul_high"]]
    >>> bool(low < value < high)
    True
    """
    why = _why_no_beads(tube.strategy)
    if why in (flags.WASHED, flags.NO_BEAD_GATE):
        reason = "is for washed tubes" if why == flags.WASHED else "gates no beads"
        raise CountError(
            f'The strategy "{tube.strategy.strategy}" {reason}, so there are no cells/µL. Count a bead tube of the '
            "same blood and multiply by a percentage of this tube."
        )
    task = replace(tube.task, counted_by=beads, no_beads="")
    return replace(tube, task=task, result=count_tube(task, tube._prepared, tube._gated))


def _why_no_beads(strategy: Strategy) -> str:
    """Flag of a tube of which nothing is said about beads."""
    if strategy.washed:
        return flags.WASHED
    return flags.NO_BEAD_GATE if strategy.beads is None else flags.BEAD_LOAD_MISSING
