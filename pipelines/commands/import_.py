"""`tregate import`: gates of FlowJo 10, Gating-ML 2.0 or FACSDiva as a strategy, with a comparison of counts."""

from pathlib import Path
from typing import Annotated

import typer

from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import FAILED, WRONG, Quiet


def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="FlowJo 10 (.wsp), Gating-ML 2.0 or FACSDiva (.xml)."),
    ],
    fcs: Annotated[Path, typer.Option("--fcs", metavar="FOLDER", help="Folder of the FCS files of the samples.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the strategy, gates and agreement.csv.")
    ],
    quiet: Quiet = False,
) -> None:
    """Take over gates of another program, and compare its counts with those of tregate."""
    with exit_codes_for_errors():
        from tregate.pipelines.console import Console
        from tregate.pipelines.interchange.agreement import summary
        from tregate.pipelines.interchange.imported import import_file
        from tregate.pipelines.interchange.on_files import stated_apart
        from tregate.pipelines.visible_text import visible

        console = Console(quiet=quiet)
        done = import_file(file, fcs, out)
        for one in done.matched:
            if one.sample is None:
                console.warn(visible(f"{one.drawn.name}: {one.by}; its gates were not taken over."))
            else:
                without = "" if one.drawn.gates else " It has no gates."
                said = f"{one.drawn.name or file.name}: {one.file}, matched by {one.by}.{without}"
                console.tell(visible(said))
        for apart in done.apart:
            console.warn(visible(stated_apart(apart)))
        for line in done.lines:
            if line.count is None and line.file:
                console.warn(visible(f"{line.file}: {line.gate.path}: {line.why.removesuffix('.')}."))
            elif line.agrees is False:
                counts = f"{line.stored} stored, {line.count} counted"
                console.warn(visible(f"{line.file}: {line.gate.path}: {counts}; {line.why.removesuffix('.')}."))
            elif line.renamed:
                console.warn(visible(f"{line.file}: {line.gate.path}: {line.renamed}."))
        for left in done.left_out:
            same = "Both have the same gates." if left.same_gates else "Its counts are in agreement.csv."
            said = f"{left.sample} is not in the study: {left.kept} is the same file, {left.file}. {same}"
            console.warn(visible(said))
        for name in done.exchanged:
            how = "H and W of its scatter have each other's names, as in experiments that FACSDiva exports"
            console.warn(visible(f"{name}: {how}. The gates were taken over on the exchanged channels."))
        for name in done.only_by_gates:
            what = "the strategy's scales have another top than the drawn ones, and it counts otherwise"
            console.warn(visible(f"{name}: {what}. Replay this file with --gates gates.csv."))
        sums = summary(list(done.lines))
        print("Populations: " + ", ".join(f"{n} {what}" for what, n in sums.items()) + ".")
        console.tell(f"Tolerance: 0.2 % or 2 events. Written to {out}: {', '.join(done.files)}.")
        if all(line.count is None for line in done.lines):
            raise typer.Exit(WRONG)
        if sums["differ"] or sums["not taken over"] or not all(left.same_gates for left in done.left_out):
            raise typer.Exit(FAILED)
