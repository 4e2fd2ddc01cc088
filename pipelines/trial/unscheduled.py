"""unscheduled.csv: values of visits outside the plan and of repeats, which are in no visit table."""

from math import exp, log, sqrt

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.tabulate.flags import joined
from tregate.pipelines.tabulate.measurements import Measurement, measurement
from tregate.pipelines.tabulate.results import Results

COLUMNS = (
    *("subject", "visit", "planned_visit", "replicate", "study_day", "table", "measure", "value", "value_low"),
    *("value_high", "repeats_n", "repeats_gmean", "repeats_cv_percent", "flags"),
)


def unscheduled_table(results: Results) -> Table:
    """One row per visit outside the plan and measure; of repeats also the mean on logs and CV of all of them."""
    circumstances = {
        (record.subject, record.visit): record.circumstances for record in results.records if not record.excluded
    }
    rows: list[dict[str, Cell]] = []
    for subject, visit in results.outside_the_plan:
        about = circumstances[subject, visit]
        for sheet, columns in results.sources.declared.sheets.items():
            for measure in (column.measure for column in columns):
                made = measurement(results, measure, subject, visit)
                row: dict[str, Cell] = {
                    "subject": subject,
                    "visit": visit,
                    "planned_visit": about.planned_visit if about.replicate > 1 else None,
                    "replicate": about.replicate,
                    "study_day": results.study_days.get((subject, visit)),
                    "table": sheet,
                    "measure": measure,
                    "value": made.value,
                    "value_low": made.low,
                    "value_high": made.high,
                    "flags": joined(made.flags),
                }
                if about.replicate > 1:
                    row |= _repeats(_all_repeats(results, measure, subject, about.planned_visit))
                rows.append(row)
    return Table.from_records("unscheduled", COLUMNS, rows)


def _all_repeats(results: Results, measure: str, subject: str, planned: str) -> list[Measurement]:
    """The visit itself and every repeat of it."""
    visits = dict.fromkeys(
        record.visit
        for record in results.records
        if record.subject == subject and record.circumstances.planned_visit == planned and not record.excluded
    )
    return [measurement(results, measure, subject, visit) for visit in visits]


def _repeats(made: list[Measurement]) -> dict[str, Cell]:
    """Mean on logs and CV of the repeats, 100 × sqrt(exp(s²) - 1) with the variance s² of ln; two at least."""
    values = [one.value for one in made if one.value is not None and one.value > 0]
    if len(values) < 2:
        return {"repeats_n": len(values)}
    logs = [log(value) for value in values]
    mean = sum(logs) / len(logs)
    variance = sum((one - mean) ** 2 for one in logs) / (len(logs) - 1)
    return {
        "repeats_n": len(values),
        "repeats_gmean": exp(mean),
        "repeats_cv_percent": 100.0 * sqrt(exp(variance) - 1.0),
    }
