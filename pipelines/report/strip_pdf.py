"""The gating strips as a PDF, A4 landscape, worst tubes first, for the binder and for those without a browser."""

from pathlib import Path
from typing import TYPE_CHECKING

from tregate.pipelines.console import Console
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.report.context import ReportContext
from tregate.pipelines.report.gate_outliers import by_record, places
from tregate.pipelines.report.method_labels import logic_words
from tregate.pipelines.report.sheet import COLUMNS, ROWS, Sheet, sheet_figures
from tregate.pipelines.report.triage import tube_statuses

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_strips(path: Path, context: ReportContext, console: Console) -> None:
    """Write one page per drawn tube (more where its gates do not fit), complete or not at all, and report progress.

    The file holds no date, so that the same run gives the same bytes.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages

    metadata = {"Title": f"{context.study}: gating strips", "CreationDate": None}
    with whole_file(path) as part, rc_context({"pdf.fonttype": 42}), PdfPages(part, metadata=metadata) as pdf:
        every = sheets(context)
        with console.progress("drawing", len(every)) as progress:
            for sheet in every:
                for figure in sheet_figures(sheet, a_page=COLUMNS * ROWS):
                    pdf.savefig(figure)
                progress.advance()
        if pdf.get_pagecount() == 0:
            pdf.savefig(_nothing_drawn())


def sheets(context: ReportContext) -> tuple[Sheet, ...]:
    """A sheet for every drawn tube, in the page's order."""
    nearby = by_record(places(context.records, context.scores))
    ranked = tube_statuses(context.records, context.findings, context.failures, nearby, context.reviewed_by)
    logic = {tube: logic_words(strategy) for tube, strategy in context.strategies.items()}
    found = []
    for look in ranked:
        record, drawn = context.records[look.record], context.drawn[look.record]
        if drawn is None or record.result is None:
            continue
        found.append(
            Sheet(
                f"{record.subject} · {record.visit} · {record.tube}",
                f"{context.study} · {record.file} · strategy {record.strategy_name}",
                drawn.gates,
                record.result.counts,
                tuple(f"{finding.severity.value}: {finding.message}" for finding in look.findings),
                logic.get(record.tube, {}),
            )
        )
    return tuple(found)


def _nothing_drawn() -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.69, 8.27))
    figure.text(0.5, 0.5, "No tube has plots.", ha="center")
    return figure
