"""`tregate validate`: a strategy against tubes whose truth is known.

make tubes (fixtures) -> gate them as a run would -> confront with their truth -> measure -> judge.
Besides demo.py the only module that knows both `gating` and `fixtures`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tregate.fixtures.blood_series import blood_of, series_of
from tregate.fixtures.conditions import CONDITIONS, Condition
from tregate.fixtures.instrument import BEAD, BEAD_AND_CELL, BEAD_DOUBLET
from tregate.fixtures.panels import PANELS
from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.count.estimates import CountingInput
from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeTask, analyse_gated
from tregate.gating.units import BeadsPerMicrolitre, Microlitre
from tregate.pipelines.validation.compare_with_truth import compare_with_truth, nothing, populations
from tregate.pipelines.validation.measures import Measures, measured
from tregate.pipelines.validation.spread import spread
from tregate.pipelines.validation.truth import Truth
from tregate.pipelines.validation.tubes import Making, Series, ValidatedTube

SEEDS, EVENTS = 20, 100_000
REPLICATES = 5
"""Most tubes at each step of a series."""
NUMBERS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
ALL = "all"


@dataclass(frozen=True, slots=True)
class Validation:
    """How a strategy did."""

    strategy: str
    kind: str
    conditions: tuple[str, ...]
    seeds: int
    events: int
    tubes: tuple[ValidatedTube, ...]
    """Tubes of the conditions, then of the series."""
    measures: tuple[Measures, ...]


def validate(
    strategy: Strategy,
    kind: str | None = None,
    conditions: Sequence[str] = (ALL,),
    seeds: int = SEEDS,
    events: int = EVENTS,
    workers: int = 1,
    *,
    series: bool = True,
    advance: Callable[[], None] = lambda: None,
) -> Validation:
    """Gate `seeds` tubes of `kind` (the strategy's name where None) under each condition, and measure.

    `series`: also make a dilution series and acquisitions of different length. `advance` is called after
    each tube. The same result whatever `workers`. Raises ConfigurationError for an unknown kind or condition,
    and where the tube knows the truth of none of the strategy's populations.
    """
    tubes = makings(strategy, kind, conditions, seeds, events, series=series)
    made: dict[int, ValidatedTube] = {}
    with TemporaryDirectory(prefix="tregate-validate-") as folder:
        one = partial(validate_tube, strategy, Path(folder))
        for position, tube in spread(one, tubes, workers):
            made[position] = tube
            advance()
    done = tuple(made[position] for position in range(len(tubes)))
    named = tuple(dict.fromkeys(t.condition for t in tubes if t.series is Series.CONDITION))
    return Validation(strategy.strategy, tubes[0].kind, named, seeds, events, done, measured(done))


def makings(
    strategy: Strategy, kind: str | None, conditions: Sequence[str], seeds: int, events: int, *, series: bool
) -> list[Making]:
    """Every tube that a validation makes, in order. Raises ConfigurationError as `validate` does."""
    chosen = strategy.strategy if kind is None else kind
    wanted = list(CONDITIONS) if ALL in conditions else list(dict.fromkeys(conditions))
    problems = _problems(strategy, chosen, wanted, seeds, events)
    if problems:
        raise ConfigurationError(problems)
    made = [Making(chosen, Series.CONDITION, name, seed, events) for name in wanted for seed in range(seeds)]
    if series:
        replicates = range(min(seeds, REPLICATES))
        made += [
            Making(chosen, Series.DILUTION, name, seed, events, level)
            for level, name in series_of(chosen).items()
            for seed in replicates
        ]
        made += [
            Making(chosen, Series.NUMBERS, f"{number} events", seed, number, number)
            for number in NUMBERS
            if number <= events
            for seed in replicates
        ]
    return made


def validate_tube(strategy: Strategy, folder: Path, making: Making) -> ValidatedTube:
    """Make one tube, write it, gate the file, confront it with its truth."""
    tube = _made(making)
    truth = truth_of(tube)
    path = folder / f"{making.kind}_{making.series}_{making.condition}_{making.seed}.fcs".replace(" ", "_").replace(
        ":", "_"
    )
    tube.write(path)
    load = _load(truth)
    try:
        result, gated = analyse_gated(TubeTask(path, strategy, counted_by=load, no_beads="" if load else "washed"))
    except TubeError as error:
        return ValidatedTube(making, nothing(strategy, truth, error.stage), str(error))
    except Exception as error:
        message = f"Internal error while analysing this tube ({type(error).__name__}: {error}). Please report it."
        return ValidatedTube(making, nothing(strategy, truth, "gate"), message)
    finally:
        path.unlink()
    return ValidatedTube(making, compare_with_truth(strategy, truth, result, gated))


def truth_of(tube: Tube) -> Truth:
    """The tube's truth in the terms of the validation."""
    label = np.array(tube.label_names)[tube.labels]
    beads = np.isin(label, (BEAD, BEAD_AND_CELL)).astype(np.intp) + 2 * (label == BEAD_DOUBLET)
    return Truth(
        members={name: mask for name, mask in tube.members.items() if name in tube.cells_per_ul},
        beads=beads,
        cells_per_ul=tube.cells_per_ul,
        beads_per_ul=tube.beads_per_ul,
        bead_volume_ul=tube.bead_volume_ul,
        blood_volume_ul=tube.blood_volume_ul,
    )


def _made(making: Making) -> Tube:
    condition: str | Condition
    blood = None
    match making.series:
        case Series.CONDITION:
            condition = making.condition
        case Series.DILUTION:
            condition = Condition(making.condition, "a step of a dilution series")
            blood = blood_of(making.kind, making.level)
        case Series.NUMBERS:
            condition = Condition(making.condition, "an acquisition of another length")
    return make_tube(making.kind, condition, making.seed, making.events, blood)


def _load(truth: Truth) -> CountingInput | None:
    if truth.beads_per_ul is None or truth.bead_volume_ul is None or truth.blood_volume_ul is None:
        return None
    return CountingInput(
        lot="synthetic",
        blood_volume_ul=Microlitre(truth.blood_volume_ul),
        beads_per_ul=BeadsPerMicrolitre(truth.beads_per_ul),
        bead_volume_ul=Microlitre(truth.bead_volume_ul),
    )


def _problems(strategy: Strategy, kind: str, conditions: Sequence[str], seeds: int, events: int) -> list[Problem]:
    problems = []
    where = "tregate validate"
    if kind not in PANELS:
        problems.append(
            Problem(
                where,
                None,
                f'the synthetic tube "{kind}" does not exist.',
                f"Choose one with --kind: {', '.join(PANELS)}.",
            )
        )
    elif not populations(strategy, frozenset(PANELS[kind].populations)):
        problems.append(
            Problem(
                where,
                None,
                f'the strategy "{strategy.strategy}" has none of the populations of a synthetic {kind} tube.',
                f"Name its populations as in that tube: {', '.join(PANELS[kind].populations)}.",
            )
        )
    unknown = [name for name in conditions if name not in CONDITIONS]
    if unknown:
        problems.append(
            Problem(
                where,
                None,
                f"the condition {', '.join(unknown)} does not exist.",
                f"Choose from: {ALL}, {', '.join(CONDITIONS)}.",
            )
        )
    if not conditions:
        problems.append(Problem(where, None, "no condition is given.", f"Give --conditions {ALL}, or some of them."))
    if seeds < 1:
        problems.append(Problem(where, None, f"{seeds} is not a number of tubes.", "Give --seeds 1 or more."))
    if events < 1:
        problems.append(Problem(where, None, f"a tube of {events} events is too small.", "Give more --events."))
    return problems
