"""One tube's gates as a PNG: `tregate plot FILE --strategy S`."""

from pathlib import Path

from tregate.gating.count import flags
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeTask, analyse
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.report.draw import draw_tube
from tregate.pipelines.report.method_labels import logic_words
from tregate.pipelines.report.sheet import Sheet, sheet_figures

DOTS_AN_INCH = 150


def plot_tube(file: Path, strategy: Strategy, png: Path, data_set: int | None = None) -> Sheet:
    """Gate the file and write its strip; returns what was drawn. Percentages only: a lone file has no beads/µL.

    Raises TubeError where the tube cannot be gated.
    """
    lacks = flags.WASHED if strategy.washed else flags.BEAD_LOAD_MISSING
    result = analyse(TubeTask(file, strategy, data_set, no_beads=lacks, densities=True))
    about = result.data_set.instrument or "instrument not stated"
    subtitle = (
        f"strategy {strategy.strategy} · {result.data_set.n_events:,} events · {about} · "
        f"compensation: {result.compensation.source}"
    )
    doubts = tuple(f"{finding.severity.value}: {finding.message}" for finding in result.findings)
    sheet = Sheet(file.name, subtitle, draw_tube(result).gates, result.counts, doubts, logic_words(strategy))
    (figure,) = sheet_figures(sheet)
    png.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(png) as part:
        figure.savefig(part, format="png", dpi=DOTS_AN_INCH, metadata={"Software": None})
    return sheet
