"""Files that hold the events of a tube with the membership of each in every population."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.event_table import ALL, membership
from tregate.gating.events import Prepared
from tregate.gating.units import PopulationName
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.tubes_again import NameGiver, TubeAgain, tubes_again
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Cell, Table

COLUMNS = ("subject", "visit", "tube", "file", "document", "events", "populations", "not_measured", "reason")


@dataclass(frozen=True, slots=True)
class TubeEvents:
    """What one file is to hold."""

    tube: TubeAgain
    prepared: Prepared
    rows: npt.NDArray[np.int64]
    """(n,) the events that are written, by position in the file."""
    members: dict[PopulationName, npt.NDArray[np.bool_]]
    """Population -> (n,) which of these are in it."""

    def markers(self) -> tuple[str, ...]:
        """(n_parameters,) the marker of each channel; its stain where no marker of the strategy is bound to it."""
        bound = {index: str(marker) for marker, index in self.prepared.binding.channels.items()}
        return tuple(bound.get(i, one.stain) for i, one in enumerate(self.prepared.sample.parameters))


def write_event_files(
    run: FinishedRun, out: Path, population: str, ending: str, write: Callable[[TubeEvents, Path], None]
) -> tuple[str, ...]:
    """Write a file per tube by `write`, and export.csv with every tube: its file, or why it has none.

    `population`: only its events; "" for all. Raises ConfigurationError where no strategy of the run has it.
    """
    rows: list[tuple[Cell, ...]] = []
    files: list[str] = []
    known: set[str] = set()
    names = NameGiver(ending)
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=True):
        known.update(tube.strategy.populations)
        name = names.of(tube.entry)
        place = (*tube.entry.key, tube.entry.file)
        held, reason = _held(tube, population)
        if held is None:
            rows.append((*place, "", None, "", "", reason))
            continue
        write(held, out / name)
        files.append(name)
        absent = "; ".join(str(one) for one in tube.strategy.populations if one not in held.members)
        rows.append((*place, name, len(held.rows), "; ".join(held.members), absent, ""))
    if population and population not in known:
        listed = ", ".join(sorted(known))
        problem = Problem("--population", None, f'the run has no population "{population}".', f"Known: {listed}.")
        raise ConfigurationError([problem])
    write_csv(Table("export", COLUMNS, tuple(rows)), out / "export.csv", digits=None)
    return ("export.csv", *files)


def _held(tube: TubeAgain, population: str) -> tuple[TubeEvents | None, str]:
    if tube.prepared is None or tube.gated is None:
        return None, tube.failed
    members = membership(tube.gated)
    if population and population not in members:
        why = tube.gated.unmeasured.get(PopulationName(population), "the strategy of this tube does not have it")
        return None, f"{population}: {why}"
    chosen = tube.gated.mask(PopulationName(population) if population else ALL)
    rows = np.flatnonzero(chosen).astype(np.int64)
    return TubeEvents(tube, tube.prepared, rows, {name: mask[rows] for name, mask in members.items()}), ""


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names, with a number where one was there before."""
    given: list[str] = []
    for name in names:
        number, free = 1, name
        while free in given:
            number += 1
            free = f"{name} ({number})"
        given.append(free)
    return tuple(given)
