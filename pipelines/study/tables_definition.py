"""The table definition: which figure comes from which population, how Treg are bridged, what Teff means."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError, model_validator

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.load import find, shipped_names
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import Source, read_yaml

Teff = Literal["cd3_minus_treg", "cd3", "cd4_non_treg", "cd4_plus_cd8_minus_treg"]


class Measure(Model):
    """Where one figure comes from."""

    population: str
    beads: bool = False
    """True: only from a tube that counts beads."""
    of: str | None = None
    """Population of the same tube of which the figure's percentage is told."""
    bridge: str | None = None
    """In a washed tube: the population whose concentration in the bead tube the share is set on."""
    prefer: tuple[str, ...] = ()
    """Strategies, best first, where several tubes hold the population."""
    beside: tuple[str, ...] = ()
    """Populations that the tube should hold too, where no preference decides."""


class Measures(Model):
    """Every figure of the visit tables."""

    lymphocytes: Measure
    cd3: Measure
    cd4: Measure
    cd8: Measure
    b: Measure
    nk: Measure
    nk_bright: Measure
    nk_dim: Measure
    treg: Measure

    def items(self) -> Iterator[tuple[str, Measure]]:
        for name in type(self).model_fields:
            yield name, getattr(self, name)


class TableDefinition(Model):
    """A table definition as it is written. `teff` has no default: what Teff means is chosen, never assumed."""

    tables: str
    about: str = ""
    teff: Teff
    measures: Measures

    @model_validator(mode="after")
    def _complete(self) -> "TableDefinition":
        counted = {measure.population for _, measure in self.measures.items() if measure.beads}
        for name, measure in self.measures.items():
            if measure.bridge is not None and measure.beads:
                raise ValueError(f"{name}: with `beads: true` there is nothing to bridge")
            if measure.bridge is not None and measure.bridge not in counted:
                raise ValueError(f"{name}: no measure counts {measure.bridge} by beads, so it cannot be the bridge")
            if measure.bridge is not None and measure.of != measure.bridge:
                raise ValueError(f"{name}: `of` and `bridge` must name the same population")
        for name in ("nk_bright", "nk_dim", "treg"):
            if getattr(self.measures, name).of is None:
                raise ValueError(f"{name}: the key `of` is missing: a percentage needs its denominator")
        return self


@dataclass(frozen=True, slots=True)
class LoadedTables:
    """A table definition with the lines on which it stands."""

    definition: TableDefinition
    source: Source
    path: Path


def load_tables(reference: str, beside: Path | None = None) -> LoadedTables:
    """The table definition of a shipped name, or of a path relative to `beside` (current folder where None).

    Raises ConfigurationError with every problem.
    """
    path = find(reference, "tables", beside)
    if path is None:
        names = ", ".join(shipped_names("tables"))
        raise ConfigurationError(
            [
                Problem(
                    reference,
                    None,
                    "the table definition does not exist.",
                    f"Use a shipped one ({names}) or a path.",
                )
            ]
        )
    source = read_yaml(path)
    try:
        definition = TableDefinition.model_validate(source.data)
    except ValidationError as error:
        problems = [*source.repeated, *problems_in(error, source, TableDefinition)]
        raise ConfigurationError(problems) from None
    if source.repeated:
        raise ConfigurationError(source.repeated)
    return LoadedTables(definition, source, path)
