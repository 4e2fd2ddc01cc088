"""The summary of each arm, site, stratum and disease by itself."""

from collections.abc import Collection, Iterator, Sequence

from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.compare import compare, of_subjects
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.summary_rows import COLUMNS, row_of
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.subjects import WITHIN, Subjects


def groups_of(subjects: Subjects) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(grouped by, group, its subjects) for every grouping with two groups at least; arms in their own order.

    Then every arm at each site, in each stratum, and of each disease.
    """
    levels = {name: _levels(subjects, name) for name in ("arm", *WITHIN)}
    for name, found in levels.items():
        for level in found if len(found) > 1 else ():
            yield name, level, tuple(s for s, one in subjects.items() if getattr(one, name) == level)
    for name in WITHIN if len(levels["arm"]) > 1 else ():
        for arm in levels["arm"] if len(levels[name]) > 1 else ():
            for level in levels[name]:
                both = tuple(s for s, one in subjects.items() if (one.arm, getattr(one, name)) == (arm, level))
                yield f"arm and {name}", f"{arm}, {level}", both


def summary_by_group(
    every: Sequence[Series], analysis: Analysis, primary_subjects: Collection[str] | None, subjects: Subjects
) -> Table:
    """Every row of the summary for each group, tested by the same test within it, unadjusted and without stars.

    A difference between arms is not judged by their own tests but by comparisons.csv.
    """
    plain = analysis.model_copy(update={"adjust": "none", "families": {}})
    rows = []
    for name, group, members in groups_of(subjects):
        head = {"grouped_by": name, "group": group}
        for series in every:
            within = of_subjects(series, members)
            compared = compare(within, plain, primary_subjects)
            rows += [head | row_of(within, visit, compared) | {"stars": None} for visit in within.visits]
    return Table.from_records("summary_by_group", ("grouped_by", "group", *COLUMNS), rows)


def _levels(subjects: Subjects, name: str) -> tuple[str, ...]:
    found = dict.fromkeys(getattr(subject, name) for subject in subjects.values() if getattr(subject, name))
    return tuple(found) if name == "arm" else tuple(sorted(found))
