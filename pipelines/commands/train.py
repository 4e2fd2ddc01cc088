"""What `tregate train` does with its words: train, write the model files, report the held-out counts."""

from pathlib import Path
from statistics import fmean, median, pstdev

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.console import Console
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.training.fit import HeldOut
from tregate.pipelines.training.labelled_tubes import tubes_of
from tregate.pipelines.training.model_file import model_text
from tregate.pipelines.training.train import learned_gates, train
from tregate.pipelines.tubes.executors import default_workers


def train_command(strategy: str, *, out: Path = Path("models"), workers: int = 0, quiet: bool = False) -> int:
    """Train every learned boundary of a strategy (shipped name or path); write one YAML per model into `out`.

    Raises ConfigurationError where the strategy does not exist or has no learned boundary.
    """
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
    return 0


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
