"""Tables that a cytometrist reads, gated for real: written as an FCS file, read, bound, gated.

    event | CD3 | CD4
        1 | 100 |  10

The heading names a stain, or scatter; `PE-A: CD4 PE` names detector and stain.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.gating.count.populations import count
from tregate.gating.engine import gate
from tregate.gating.events import Gated, PlacedGate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.units import PopulationName, is_physical

TOP = 1000
"""Top of scale of the tables' files; strategies here state the same, so that numbers stay as written."""


def rows_of(table: str) -> list[list[str]]:
    """Cells of a table drawn with bars, stripped; empty lines are left out."""
    return [[cell.strip() for cell in line.split("|")] for line in table.splitlines() if line.strip()]


def strategy_of(yaml: str, file: str = "strategy.yaml", folder: Path = Path()) -> Strategy:
    return strategy_from(parse_yaml(yaml, file), folder)


class GatedTable:
    """A table, gated."""

    def __init__(self, table: str, gated: Gated, strategy: Strategy) -> None:
        _, *rows = rows_of(table)
        self._numbers = np.array([int(row[0]) for row in rows], dtype=int)
        self.gated = gated
        self.strategy = strategy

    def __getitem__(self, population: str) -> list[int]:
        """Numbers of the events in a population."""
        return [int(n) for n in self._numbers[self.gated.mask(PopulationName(population))]]

    @property
    def members(self) -> dict[str, list[int]]:
        """Population -> its events, for those that are measured, in the strategy's order."""
        return {name: self[name] for name in self.gated.order if name in self.gated.members}

    @property
    def unmeasured(self) -> dict[str, str]:
        """Population -> why it has no number."""
        return {str(name): reason for name, reason in self.gated.unmeasured.items()}

    def percent(self, population: str) -> float | None:
        """Percent of parent, None where it is not measurable."""
        rows = {str(row.population): row for row in count(self.gated, self.strategy, None, "")}
        reported = rows[population].percent_of_parent
        return None if reported is None else reported.value

    def placed(self, population: str) -> PlacedGate:
        return next(gate for gate in self.gated.gates if gate.population == population)


def gated_table(
    table: str,
    yaml: str,
    folder: Path,
    top: int = TOP,
    spill: Mapping[str, Mapping[str, float]] | None = None,
    matrix: Path | None = None,
) -> GatedTable:
    """Write the table as a file, gate it. `spill`: dye's stain -> detector's stain -> share that spills."""
    heading, *rows = rows_of(table)
    parameters = [_parameter(i, name, top) for i, name in enumerate(heading[1:], start=1)]
    values = np.array([[float(cell) for cell in row[1:]] for row in rows]).reshape(len(rows), len(parameters))
    stained = [p for p in parameters if p.stain]
    written = None
    if spill is not None:
        shares = [[1.0 if d is c else spill.get(d.stain, {}).get(c.stain, 0.0) for c in stained] for d in stained]
        written = ([p.name for p in stained], np.array(shares))
    path = folder / "table.fcs"
    write_fcs(path, values, parameters, Encoding(), written)
    strategy = strategy_of(yaml, folder=folder)
    return GatedTable(table, gate(prepare(read(path), strategy, matrix), strategy), strategy)


def _parameter(number: int, heading: str, top: int) -> Parameter:
    detector, colon, stain = (part.strip() for part in heading.partition(":"))
    if colon:
        return Parameter(detector, stain, top)
    return Parameter(heading, "", top) if is_physical(heading) else Parameter(f"D{number}-A", heading, top)
