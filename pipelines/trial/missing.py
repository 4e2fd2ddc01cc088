"""missing.csv: which values are missing together, by arm."""

from collections.abc import Sequence

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.findings.outcome import cause_words
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.tabulate.results import Results

COLUMNS = ("table", "measure", "arm", "pattern", "n", "subjects", "reasons")


def missing_table(results: Results, every: Sequence[Series]) -> Table:
    """One row per measure, arm and pattern of visits with (+) and without (-) a value, the most frequent first."""
    came = {(record.subject, record.visit) for record in results.records}
    rows: list[dict[str, Cell]] = []
    for series in every:
        patterns: dict[tuple[str, str], list[str]] = {}
        for subject in results.subjects:
            person = results.people.get(subject)
            seen = (f"{visit}{'+' if subject in series.values[visit] else '-'}" for visit in results.visits)
            patterns.setdefault(("" if person is None else person.arm, " ".join(seen)), []).append(subject)
        arms = list(dict.fromkeys(arm for arm, _ in patterns))
        for (arm, pattern), subjects in sorted(
            patterns.items(), key=lambda item: (arms.index(item[0][0]), -len(item[1]), item[0][1])
        ):
            why: dict[str, int] = {}
            for subject in subjects:
                for visit in (one for one in results.visits if subject not in series.values[one]):
                    flags = results.values.of(series.measure.name, subject, visit).flags
                    words = cause_words(results, flags) if (subject, visit) in came else "no tubes"
                    words = "below the limit of quantification" if (subject, visit) in series.left_out else words
                    why[words] = why.get(words, 0) + 1
            rows.append(
                {
                    "table": series.measure.table,
                    "measure": series.measure.name,
                    "arm": arm or None,
                    "pattern": pattern,
                    "n": len(subjects),
                    "subjects": ";".join(subjects),
                    "reasons": "; ".join(f"{words}: {number}" for words, number in why.items()) or None,
                }
            )
    return Table.from_records("missing", COLUMNS, rows)
