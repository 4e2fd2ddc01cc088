"""Where the spread of a measure comes from: repeats and days of the assay, and changes of subjects, on log values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_source import column_problems, read_csv_source
from tregate.pipelines.files.number_text import number
from tregate.pipelines.files.table import Table

REQUIRED = ("specimen", "measure", "value")
OPTIONAL = ("day", "repeat", "operator", "instrument")


@dataclass(frozen=True, slots=True)
class Components:
    """SDs of log values of one measure; None where the file has no data for it."""

    measure: str
    repeat: float | None = None
    """Between repeats of one specimen on one day."""
    day: float | None = None
    """Between days (operators, instruments) beyond repeats."""
    biological: float | None = None
    """Within a subject between visits, beyond the assay."""
    change: float | None = None
    """Of a subject's change between two visits, as it was seen."""
    freedom: int = 0
    """Degrees of freedom of the repeats, or of the changes seen."""
    source: str = ""

    @property
    def assay(self) -> float | None:
        """Of one value of the assay."""
        known = [one for one in (self.repeat, self.day) if one is not None]
        return sqrt(sum(one**2 for one in known)) if known else None

    @property
    def of_change(self) -> float | None:
        """SD of the log of a subject's ratio of two visits: by the components, else as seen.

        Few changes may happen to vary less than the assay alone makes them, which a plan cannot rest on.
        """
        known = [one for one in (self.assay, self.biological) if one is not None]
        return sqrt(2.0 * sum(one**2 for one in known)) if known else self.change


def cv_percent(sd: float) -> float:
    """CV [%] of values whose logarithms have this SD.

    Examples
    --------
    >>> round(cv_percent(0.1), 3)
    10.025
    """
    return 100.0 * sqrt(exp(sd**2) - 1.0)


def log_sd(percent: float) -> float:
    """SD of log values of a CV [%]."""
    return sqrt(log(1.0 + (percent / 100.0) ** 2))


def of_repeats(path: Path) -> list[Components]:
    """Components of every measure of a file of repeats: columns specimen, measure, value; day, operator, instrument.

    Repeats of one specimen under one day, operator and instrument are pooled; the means of those groups give what
    days add (method of moments, at least 0). Raises ConfigurationError with every problem.
    """
    source, problems = read_csv_source(path, str(path))
    problems += column_problems(source, REQUIRED, (*REQUIRED, *OPTIONAL))
    groups: dict[str, dict[str, dict[tuple[str, ...], list[float]]]] = {}
    for row in source.rows if not problems else ():
        value = number(row.get("value"), decimal_commas=source.decimal_commas) if row.get("value") else "it is empty"
        if isinstance(value, str) or value <= 0.0:
            what = value if isinstance(value, str) else f"{value:g} has no logarithm"
            problems.append(Problem(str(path), row.line, f"`value`: {what}.", "Remove the row, or correct it."))
            continue
        under = tuple(row.get(name) or "" for name in ("day", "operator", "instrument"))
        of_measure = groups.setdefault(row.get("measure") or "", {})
        of_measure.setdefault(row.get("specimen") or "", {}).setdefault(under, []).append(log(value))
    found = [one for name, of in groups.items() if (one := _pooled(name, of)) is not None]
    if not problems and not found:
        problems.append(Problem(str(path), None, "no specimen has a repeat.", "Give two rows at least of a specimen."))
    if problems:
        raise ConfigurationError(problems)
    return found


def _pooled(measure: str, specimens: Mapping[str, Mapping[tuple[str, ...], Sequence[float]]]) -> Components | None:
    cells = [np.array(values) for of in specimens.values() for values in of.values()]
    freedom = sum(len(values) - 1 for values in cells)
    within = sum(float(np.sum((values - values.mean()) ** 2)) for values in cells)
    repeat = sqrt(within / freedom) if freedom else None
    squares, days, weight = 0.0, 0, 0.0
    for of in specimens.values():
        if len(of) < 2:
            continue
        means, sizes = np.array([np.mean(v) for v in of.values()]), np.array([len(v) for v in of.values()])
        squares += float(np.sum(sizes * (means - np.average(means, weights=sizes)) ** 2))
        days += len(of) - 1
        weight += float(sizes.sum() - (sizes**2).sum() / sizes.sum())
    if not freedom and not days:
        return None
    day = sqrt(max(0.0, squares - days * (repeat or 0.0) ** 2) / weight) if days else None
    return Components(measure, repeat, day, freedom=freedom, source="repeats")


def of_run(tables: Iterable[Table], baseline: str, endpoints: Collection[str]) -> list[Components]:
    """Components of the `endpoints` (measures) with limits or changes in the visit tables of a run.

    The assay's SD is that of the 95 % limits of single values (their width on logs / 3.92, root mean square); the SD
    of a change is pooled over the visits after the baseline, each about its own mean.
    """
    found: dict[str, Components] = {}
    for table in tables:
        records = list(table.records())
        for name in table.columns:
            if name not in endpoints or f"{name}_low" not in table.columns or name in found:
                continue
            logs, widths = {}, []
            for row in records:
                value, low, high = (row[column] for column in (name, f"{name}_low", f"{name}_high"))
                if isinstance(value, int | float) and value > 0:
                    logs[str(row["subject"]), str(row["visit"])] = log(value)
                    if isinstance(low, int | float) and isinstance(high, int | float) and low > 0:
                        widths.append(log(high / low) / (2.0 * 1.959963984540054))
            assay = sqrt(float(np.mean(np.square(widths)))) if widths else None
            change, freedom = _changes(logs, baseline)
            if assay is not None or change is not None:
                biological = None
                if change is not None and assay is not None:
                    biological = sqrt(max(0.0, change**2 / 2.0 - assay**2))
                found[name] = Components(name, assay, None, biological, change, freedom, "run")
    return list(found.values())


def _changes(logs: Mapping[tuple[str, str], float], baseline: str) -> tuple[float | None, int]:
    squares, freedom = 0.0, 0
    for visit in dict.fromkeys(visit for _, visit in logs if visit != baseline):
        of = [logs[s, v] - logs[s, baseline] for s, v in logs if v == visit and (s, baseline) in logs]
        if len(of) >= 2:
            squares += float(np.sum((np.array(of) - np.mean(of)) ** 2))
            freedom += len(of) - 1
    return (sqrt(squares / freedom), freedom) if freedom else (None, 0)


def of_validation(table: Table) -> list[Components]:
    """The CV of every population in validation.csv, overall; what preparation and biology add is not in it."""
    rows = {str(row["population"]): row["cv_percent"] for row in table.records() if row["condition"] == "overall"}
    return [
        Components(name, log_sd(float(cv)), source="validation")
        for name, cv in rows.items()
        if isinstance(cv, int | float) and cv > 0
    ]
