"""`tregate train`: fit a strategy's learned boundaries on synthetic tubes, one model file per boundary."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING, Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import OK, Quiet, Workers

if TYPE_CHECKING:
    from tregate.pipelines.training.fit import HeldOut


def train(
    strategy: Annotated[
        str, typer.Argument(metavar="STRATEGY", help="Name of a shipped strategy, or path of your own.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the model files.")] = Path("models"),
    workers: Workers = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a strategy's learned boundaries on synthetic tubes: one model file per boundary."""
    with exit_codes_for_errors():
        raise typer.Exit(train_command(strategy, out=out, workers=workers, quiet=quiet))


def train_command(strategy: str, *, out: Path = Path("models"), workers: int = 0, quiet: bool = False) -> int:
    """Train every learned boundary of a strategy (shipped name or path); write one YAML per model into `out`.

    Raises ConfigurationError where the strategy does not exist or has no learned boundary.
    """
    from tregate.gating.errors import ConfigurationError, Problem
    from tregate.gating.strategy.load import load_strategy
    from tregate.pipelines.console import Console
    from tregate.pipelines.files.atomic import write_text
    from tregate.pipelines.training.labelled_tubes import tubes_of
    from tregate.pipelines.training.model_file import model_text
    from tregate.pipelines.training.train import learned_gates, train
    from tregate.pipelines.tubes.workers import default_workers

    console = Console(quiet=quiet)
    loaded = load_strategy(strategy)
    models = {gate.model.model: gate.model for gate in learned_gates(loaded).values()}
    if not models:
        message = f'the strategy "{loaded.strategy}" has no gate of kind learned.'
        raise ConfigurationError([Problem(strategy, None, message, "Nothing needs to be trained.")])
    total = sum(len(tubes_of(model.recipe)) for model in models.values())
    out.mkdir(parents=True, exist_ok=True)
    with console.progress("training", total) as progress:
        for trained in train(loaded, workers or default_workers(total), progress.advance):
            path = out / f"{trained.model.model}.yaml"
            write_text(path, model_text(trained.model))
            for markers, counts in trained.held_out.items():
                console.tell(f"{path}: {markers}: {_errors(counts)}")
    return OK


def _errors(counts: list[HeldOut]) -> str:
    """Error of the count on tubes that the fit did not see, of those with 50 wanted events or more."""
    errors = [100.0 * (count.counted / count.wanted - 1) for count in counts if count.wanted >= 50]
    if not errors:
        return "no tube has 50 wanted events"
    clear = [e for e, c in zip(errors, (c for c in counts if c.wanted >= 50), strict=True) if c.unsure < 0.1]
    sure = f"; {len(clear)} clear ones {fmean(clear):+.1f} % (SD {pstdev(clear):.1f})" if clear else ""
    return (
        f"{len(errors)} held-out tubes, error of the count {fmean(errors):+.1f} % (SD {pstdev(errors):.1f}), "
        f"median {median(errors):+.1f} %{sure}"
    )
