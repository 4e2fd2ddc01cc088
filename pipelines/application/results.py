"""The results of a run as the page shows them: tables, figures, findings by cause, signatures, and files to take."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application.readable import first_table, readable_json
from tregate.pipelines.application.signing_shown import signing_json
from tregate.pipelines.comparing import COMPARED, compare_with, declared_in
from tregate.pipelines.files.csv_source import read_csv_source
from tregate.pipelines.files.differences import differences
from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.coverage import Coverage, coverage_of_run
from tregate.pipelines.reviewed_run import waiting
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_folder import RECORD, recorded_files
from tregate.pipelines.runs.verify import inputs_of, log_problems, study_folder
from tregate.pipelines.tabulate.flag_sentences import legend
from tregate.pipelines.tabulate.flags import empties

REPORT, SUMMARY = "report.html", "summary.csv"
_FEW = "Empty mean, SD and median: fewer than 3 subjects have the value at that visit."
FIGURES = (".svg", ".png")
BESIDE = (AUDIT, "run.log", "readers.csv", *COMPARED)
"""Files beside a run that its record does not list."""
LONGEST = 2_000
"""Rows of a table that the page shows."""
SEVERITIES = ("fail", "warn", "info")


def outs_of(folder: Path) -> list[Path]:
    """Folders below a study's that hold a run of it, newest first."""
    found = []
    for path in folder.iterdir():
        record = path / RECORD
        if path.is_dir() and record.is_file():
            try:
                if study_folder(path, read_record(path)).resolve() == folder.resolve():
                    found.append((record.stat().st_mtime_ns, path))
            except (ConfigurationError, OSError):
                continue
    return [path for _, path in sorted(found, reverse=True)]


def results_json(out: Path) -> dict[str, Any]:
    """What a run wrote. Raises ConfigurationError where there is no run."""
    record = read_record(out)
    files = [*recorded_files(record), RECORD, *(name for name in BESIDE if (out / name).is_file())]
    log = read_log(out / AUDIT)
    study = study_folder(out, record)
    changed = [str(one) for one in differences(out, recorded_files(record))]
    inputs = [str(one) for one in differences(study, inputs_of(record))] if "study" in record else []
    tables = [name for name in files if name.endswith(".csv") and "/" not in name]
    with_values = [name for name in tables if _has_values(out, name)]
    return {
        "out": str(out),
        "files": sorted(dict.fromkeys(files)),
        "tables": tables,
        "with_values": with_values,
        "first": first_table(out, declared_in(record), with_values),
        "figures": sorted(name for name in files if name.endswith(FIGURES)),
        "report": REPORT in files,
        "findings": findings(out),
        "failures": table_json(out, "failures.csv")["rows"] if "failures.csv" in files else [],
        "failure_columns": table_json(out, "failures.csv")["columns"] if "failures.csv" in files else [],
        "decisions": len(log.decisions),
        "waiting": waiting(out, record),
        "coverage": [_coverage(coverage_of_run(out, record, log.decisions, reading)) for reading in (1, 2)],
        **signing_json(out, log.decisions),
        "changed": [*changed, *log_problems(out, record)],
        "inputs_changed": inputs,
    }


def _has_values(out: Path, name: str) -> bool:
    """Whether a table has a measured value: one in a column that has limits beside it."""
    source, problems = read_csv_source(out / name, name)
    measures = [column for column in source.columns if f"{column}_low" in source.columns]
    return not problems and any(row.get(column) for row in source.rows for column in measures)


def _coverage(seen: Coverage) -> dict[str, Any]:
    return {"reviewed": seen.reviewed, "tubes": seen.tubes, "words": seen.words}


def table_json(out: Path, name: str) -> dict[str, Any]:
    """A table of the run as text. Raises ConfigurationError for a file that is none of the run's."""
    path = file_of(out, name)
    source, problems = read_csv_source(path, name)
    if problems:
        raise ConfigurationError(problems)
    rows = [[row.get(column) for column in source.columns] for row in source.rows[:LONGEST]]
    readable = readable_json(path, declared_in(read_record(out)), LONGEST)
    return {
        "readable": readable,
        "name": name, "columns": list(source.columns), "rows": rows, "more": max(len(source.rows) - LONGEST, 0),
        "legend": legend(row.get("flags") for row in source.rows),
        "empty": _FEW if name == SUMMARY and _lacks_means(source.columns, rows) else empty_words(source.columns, rows),
    }  # fmt: skip


def _lacks_means(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a row of the summary has values and no mean."""
    read = [dict(zip(columns, row, strict=True)) for row in rows]
    return any(row.get("min") and not row.get("mean") for row in read)


def empty_words(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    """How many values of a visit table are empty, and the reasons that its column of flags has; "" where none is.

    >>> empty_words(["subject", "nk_per_ul", "nk_per_ul_low", "flags"], [["S1", "", "", "bead_load_missing"]])
    '1 value is empty: bead load missing (1 row).'
    """
    if "flags" not in columns:
        return ""
    measures = [k for k, name in enumerate(columns) if f"{name}_low" in columns]
    empty = [row for row in rows if any(not row[k] for k in measures)]
    number = sum(not row[k] for row in empty for k in measures)
    reasons: dict[str, int] = {}
    for row in empty:
        flags = str(row[columns.index("flags")] or "").split(";")
        for name in sorted({flag.partition(":")[0] for flag in flags if empties(flag)}):
            reasons[name] = reasons.get(name, 0) + 1
    if not number:
        return ""
    worded = [f"{name.replace('_', ' ')} ({n} row{'' if n == 1 else 's'})" for name, n in reasons.items()]
    head = f"{number} value{' is' if number == 1 else 's are'} empty"
    return f"{head}: {', '.join(worded)}." if worded else f"{head}; findings.csv and counts.csv say why."


def findings(out: Path) -> list[dict[str, Any]]:
    """Findings by cause (severity, check, population), worst first, each with its tubes."""
    source, _ = read_csv_source(out / "findings.csv", "findings.csv")
    causes: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in source.rows:
        key = (row.get("severity"), row.get("check"), row.get("population"))
        cause = causes.setdefault(
            key, {"severity": key[0], "check": key[1], "population": key[2], "message": row.get("message"), "tubes": []}
        )
        tube = " ".join(name for name in (row.get("subject"), row.get("visit"), row.get("tube")) if name)
        cause["tubes"].append({"tube": tube, "message": row.get("message")})
    return sorted(
        causes.values(), key=lambda one: SEVERITIES.index(one["severity"]) if one["severity"] in SEVERITIES else 3
    )


def file_of(out: Path, name: str) -> Path:
    """The path of a file that belongs to the run. Raises ConfigurationError for any other name."""
    if name in {*recorded_files(read_record(out)), RECORD} or (name in BESIDE and (out / name).is_file()):
        return out / name
    raise ConfigurationError([Problem(name, None, "this is not a file of the run.")])


def compared(out: Path, text: str) -> dict[str, Any]:
    """Compare the run with a table of manual counts, as `tregate compare` does; its two tables are written into `out`.

    Raises ConfigurationError where the table or the run is not what it must be.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        manual = Path(folder) / "manual counts.csv"
        manual.write_text(text, encoding="utf-8", newline="")
        try:
            lines = compare_with(out, manual)
        except ConfigurationError as error:
            raise ConfigurationError(
                [replace(one, file="the table") if one.file == str(manual) else one for one in error.problems]
            ) from None
    return {"lines": lines, **{"tables": [table_json(out, name) for name in COMPARED]}}


# ---------------------------------------------------------------- one archive


def archive(out: Path, target: Path, *, inputs: bool = True) -> int:
    """Write a ZIP of the run with its study, in which `tregate verify` finds every file; the number of files.

    inputs: with the FCS files. Raises ConfigurationError where a file is not as recorded.
    """
    import os
    import zipfile

    record = read_record(out)
    found = [*differences(out, recorded_files(record)), *differences(study_folder(out, record), inputs_of(record))]
    if found:
        raise ConfigurationError([Problem(str(out), None, f"{one}.", "Run the study again.") for one in found])
    paths = list(dict.fromkeys(path.absolute() for path in _whole(out, record, inputs=inputs)))
    paths = [Path(os.path.normpath(path)) for path in paths]
    base = Path(os.path.commonpath([str(path.parent) for path in paths])).parent
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for path in sorted(set(paths)):
            entry = zipfile.ZipInfo(path.relative_to(base).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with path.open("rb") as read, made.open(entry, "w", force_zip64=True) as written:
                while block := read.read(1 << 20):
                    written.write(block)
    return len(set(paths))


def _whole(out: Path, record: dict[str, Any], *, inputs: bool) -> Iterator[Path]:
    yield from (out / name for name in (*recorded_files(record), RECORD))
    yield from (out / name for name in BESIDE if (out / name).is_file())
    folder = study_folder(out, record)
    fcs = {(Path(record["study"]["samples"]).parent / described["file"]).as_posix() for described in record["inputs"]}
    yield from (folder / name for name in inputs_of(record) if inputs or name not in fcs)
