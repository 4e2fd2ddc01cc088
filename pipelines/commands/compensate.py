"""`tregate compensate`: a spillover matrix with intervals from single-stain controls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, Out, Quiet

if TYPE_CHECKING:
    from tregate.pipelines.compensating.compensate import Compensated


def compensate(
    controls: Annotated[Path, typer.Argument(metavar="CONTROLS", help="Folder of single-stain controls.")],
    out: Out = Path("compensation"),
    study: Annotated[
        Path | None, typer.Option(metavar="STUDY", help="Compare with the matrices in the files of this study.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Make a spillover matrix with intervals from single-stain controls, and judge every control.

    Exit code 1: a matrix was made, and a control is missing or not good.
    """
    with exit_codes_for_errors():
        from tregate.pipelines.compensating.compensate import compensate_folder
        from tregate.pipelines.console import Console
        from tregate.pipelines.study.load_study import load_study
        from tregate.pipelines.visible_text import visible

        others = [] if study is None else [entry.path for entry in load_study(study).used]
        made = compensate_folder(controls, out, others)
        console = Console(quiet=quiet)
        for line in made.warnings:
            console.warn(visible(line))
        print(visible(_summary(made)))
        console.tell(f"Written to {out}: {', '.join(made.files)}.")
        if not made.all_good:
            raise typer.Exit(FAILED)


def _summary(made: Compensated) -> str:
    estimated = made.controls.estimated
    widest = max(estimated.pairs, key=lambda pair: pair.high - pair.low)
    good = sum(one.used and not one.message for one in estimated.controls)
    return (
        f"{len(estimated.included)} channels, {good} good controls. Widest interval: {estimated.channels[widest.own]} "
        f"into {estimated.channels[widest.into]}, {widest.slope:.4f} ({widest.low:.4f} to {widest.high:.4f})."
    )
