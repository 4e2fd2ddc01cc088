"""report.html: one file, nothing fetched, everything that came from a file escaped."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from tregate.gating.findings import Severity
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.plausible.same_blood import SameBlood
from tregate.pipelines.report.context import ReportContext
from tregate.pipelines.report.control_charts import control_charts
from tregate.pipelines.report.gate_outliers import by_record, places
from tregate.pipelines.report.page_data import run_data, sorted_by_record
from tregate.pipelines.report.review_groups import review_groups
from tregate.pipelines.report.strip import packed
from tregate.pipelines.report.triage import Triage, TubeStatus, study_wide, tube_statuses
from tregate.pipelines.report.visit_tables import measure_tables
from tregate.pipelines.statistics.cell_layouts import LAYOUTS
from tregate.pipelines.tabulate.flag_sentences import legend
from tregate.pipelines.tubes.records import TubeFinding

_SCRIPTS = (
    "dom", "inflate", "scales", "plot", "state", "events", "canvas", "marks", "strip", "list", "bygate",
    "large", "subjects", "charts", "figures", "visits", "views", "start",
)  # fmt: skip


def write_report(path: Path, context: ReportContext) -> None:
    """Write the page, whole or not at all."""
    write_text(path, report_html(context))


def report_html(context: ReportContext) -> str:
    """The page as text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    folder = files("tregate.pipelines.report") / "page"
    style = (folder / "page.css").read_text(encoding="utf-8")
    script = _script([(folder / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS])
    environment = Environment(
        loader=FileSystemLoader(str(folder)),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    from markupsafe import Markup

    every = places(context.records, context.scores)
    nearby = by_record(every)
    ranked = tube_statuses(context.records, context.findings, context.failures, nearby, context.reviewed_by)
    return environment.get_template("page.html.j2").render(
        context=context,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        tube_statuses=ranked,
        total=_totals(ranked, context.findings),
        kinds=_kinds(context),
        unplanned=_unplanned(context),
        map=_map(context, ranked),
        groups=review_groups(ranked),
        wide=study_wide(context.findings),
        flag_words=legend(str(flags or "") for table in context.tables for flags in _flags(table)),
        measures=measure_tables(
            context.tables,
            context.visits,
            context.declared,
            context.worst,
            context.baseline,
            context.cell,
            context.flags_of_others,
        ),
        summary_row=LAYOUTS[context.cell].row,
        data=packed(run_data(context, ranked, nearby, control_charts(context.records, _same_blood(context)))),
        strips=[
            (look.record, strip.packed)
            for look in sorted_by_record(ranked)
            if (strip := context.drawn[look.record]) is not None
        ],
    )


def _flags(table: Table) -> Sequence[Cell]:
    """The cells of a table's column of flags."""
    return table.column("flags") if "flags" in table.columns else ()


def _same_blood(context: ReportContext) -> list[str]:
    """Populations of which two bead tubes of one visit give the same count."""
    if context.declared is None:
        return []
    return [relation.same_in_bead_tubes for relation in context.declared.relations(SameBlood)]


def _kinds(context: ReportContext) -> list[str]:
    return list(dict.fromkeys(record.tube for record in context.records if record.tube))


def _map(context: ReportContext, ranked: Sequence[TubeStatus]) -> list[tuple[str, list[list[TubeStatus | None]]]]:
    """(subject, one cell a visit with the looks of its tubes), in the order of the samples list.

    Within a cell tubes have the order of `_kinds`, None for one that is not there; a visit without tubes is []. Where
    there are visits outside the plan, a last cell has their tubes.
    """
    cells: dict[str, dict[str, list[TubeStatus]]] = {}
    for look in sorted_by_record(ranked):
        record = context.records[look.record]
        cells.setdefault(record.subject, {}).setdefault(record.visit, []).append(look)

    def in_place(found: Sequence[TubeStatus]) -> list[TubeStatus | None]:
        by_tube: dict[str, list[TubeStatus | None]] = {tube: [] for tube in _kinds(context)}
        for look in found:
            by_tube.setdefault(context.records[look.record].tube, []).append(look)
        return [look for looked in by_tube.values() for look in looked or [None]] if found else []

    def outside(visits: Mapping[str, Sequence[TubeStatus]]) -> list[TubeStatus | None]:
        return [look for visit, found in visits.items() if visit not in context.visits for look in found]

    return [
        (
            subject,
            [
                *(in_place(visits.get(visit, [])) for visit in context.visits),
                *([outside(visits)] if _unplanned(context) else []),
            ],
        )
        for subject, visits in cells.items()
    ]


def _unplanned(context: ReportContext) -> bool:
    """Whether any tube is of a visit outside the plan."""
    return any(record.visit not in context.visits for record in context.records)


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; img-src data:; "
        f"style-src {_digest(style)}; script-src {_digest(script)}; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script(parts: Sequence[str]) -> str:
    """One script: a module that the review page loads by itself loses its `export`s."""
    joined = re.sub(r"^export (?=class|const|function)", "", "\n".join(parts), flags=re.MULTILINE)
    return '(() => {\n"use strict";\n' + joined + "\n})();"


def _totals(ranked: Sequence[TubeStatus], findings: Sequence[TubeFinding]) -> dict[str, int]:
    return {
        "listed": len(ranked),
        "gated": sum(look.state == "gated" for look in ranked),
        "failed": sum(look.attention is Triage.FAILED for look in ranked),
        "excluded": sum(look.attention is Triage.EXCLUDED for look in ranked),
        "flagged": sum(look.flagged for look in ranked),
        "reviewed": sum(bool(look.reviewed_by) for look in ranked),
        "fallbacks": sum(look.fallbacks for look in ranked),
        **{severity.value: sum(found.finding.severity is severity for found in findings) for severity in Severity},
    }
