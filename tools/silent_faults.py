"""Faults that make numbers wrong, one at a time: is each wrong figure flagged? Writes docs/silent_faults.md.

    .venv/bin/python tools/silent_faults.py [--only TEXT]

A trial of 6 subjects, 4 visits and 3 tubes is made by `fixtures` and run; each fault is applied to a copy, which is run
again. For every figure of the visit tables: how far it is off, and whether its row carries a flag about it that the
undisturbed run does not have. Tubes that a fault leaves as they are are gated once. Exits 1 where a fault changes a
figure by more than 15 % without a flag and no reason is given why the data cannot show it.
"""

import argparse
import pickle
import sys
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from blocks import put
from faults_of_data import FAULTS, Fault
from faulty_trial import copy_of

from tregate.fixtures.trial import make_trial
from tregate.gating.errors import ConfigurationError
from tregate.gating.tube import TubeTask
from tregate.pipelines.console import Console
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.files.table import Table
from tregate.pipelines.run import run
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.tubes.executors import EXECUTORS
from tregate.pipelines.tubes.one_tube import Draw, analyse_tube
from tregate.pipelines.tubes.outcomes import TubeOutcome

PAGE = Path(__file__).resolve().parents[1] / "docs" / "silent_faults.md"
REMEMBERED = "remembered"
LIMIT = 15.0
"""Percent beyond which an error must be flagged."""
ENDINGS = ("_per_ul", "_percent_of_cd4", "_percent_of_nk", "_percent_of_teff")
Figures = dict[tuple[str, str, str], tuple[float, frozenset[str]]]
"""(subject, visit, measure) -> value, and the flags that speak of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one fault."""

    fault: Fault
    refused: str
    largest: float
    """Largest error of a figure [%]."""
    silent: float
    """Largest error of a figure without a new flag about it [%]."""
    checks: tuple[str, ...]
    """Checks that spoke up."""


def main() -> int:
    """Make the table."""
    asked = argparse.ArgumentParser(description="Which faults of data are flagged.")
    asked.add_argument("--only", default="", help="faults whose name holds this text; the page is left as it is")
    only = asked.parse_args().only
    EXECUTORS[REMEMBERED] = _Remembered()
    with tempfile.TemporaryDirectory(prefix="silent_faults-") as work:
        trial = Path(work) / "trial"
        make_trial(
            trial, seed=3, subjects=6, events=(20_000, 24_000), visits=("D1", "D8", "M1", "M3"),
            formats=("float_little",), withdrawn=0,
        )  # fmt: skip
        base, base_checks = _run(trial)
        judged = []
        for fault in FAULTS:
            if only in fault.name:
                judged.append(_judged(fault, trial, Path(work) / "copy", base, base_checks))
                print(_line(judged[-1]), flush=True)
    if not only:
        put(PAGE, "faults", _table(judged))
    return int(any(one.silent > LIMIT and not one.fault.why_invisible for one in judged))


class _Remembered:
    """An executor that analyses the same bytes with the same task once."""

    def __init__(self) -> None:
        self._known: dict[bytes, TubeOutcome] = {}

    def __call__(
        self, orders: Sequence[TubeTask], workers: int, draw: Draw | None
    ) -> Generator[tuple[int, TubeOutcome], None, None]:
        for number, order in enumerate(orders):
            digest = fingerprint(order.path).sha256
            key = pickle.dumps((digest, replace(order, path=Path(digest)), draw is None))
            if key not in self._known:
                self._known[key] = analyse_tube(order, draw)
            yield number, self._known[key]


def _run(folder: Path) -> tuple[Figures, frozenset[tuple[str, ...]]]:
    """Figures and findings of a trial. Raises ConfigurationError where it is refused."""
    study = load_study(folder)
    ran = run(study, folder / "out", RunOptions(pages="none", executor=REMEMBERED), Console(quiet=True))
    figures: Figures = {}
    for name in ("treg", "nk", "subsets"):
        figures |= _figures(ran.tables[name])
    found = frozenset(
        (one.subject, one.visit, one.tube, one.finding.check, str(one.finding.severity), one.finding.population)
        for one in ran.findings
    )
    return figures, found


def _figures(table: Table) -> Figures:
    found: Figures = {}
    at = {name: i for i, name in enumerate(table.columns)}
    for row in table.rows:
        flags = str(row[at["flags"]]).split(";")
        for column, i in at.items():
            value = row[i]
            if column.endswith(ENDINGS) and not column.startswith("fold_") and isinstance(value, float | int):
                measure = column.split("_per")[0]
                about = frozenset(f for f in flags if f and f.partition(":")[2] in ("", measure, column))
                found[str(row[at["subject"]]), str(row[at["visit"]]), column] = float(value), about
    return found


def _judged(fault: Fault, trial: Path, folder: Path, base: Figures, base_checks: frozenset[tuple[str, ...]]) -> Judged:
    copy = copy_of(trial, folder)
    fault.spoil(copy)
    try:
        figures, checks = _run(folder)
    except ConfigurationError as error:
        return Judged(fault, error.problems[0].message, 0.0, 0.0, ())
    errors = []
    for key, (right, before) in base.items():
        value, after = figures.get(key, (right, before))
        if right:
            errors.append((abs(value / right - 1.0) * 100.0, bool(after - before)))
    spoke = sorted({check for *_, check, severity, _ in checks - base_checks if severity != "info"})
    silent = max((size for size, flagged in errors if not flagged), default=0.0)
    return Judged(fault, "", max((size for size, _ in errors), default=0.0), silent, tuple(spoke))


def _line(one: Judged) -> str:
    if one.refused:
        return f"| {one.fault.name} | refused before gating | | | |"
    state = "silent" if one.silent > LIMIT else "flagged" if one.largest > LIMIT else "small"
    shown = ", ".join(f"`{check}`" for check in one.checks)
    why = "; ".join(text for text in (shown, one.fault.why_invisible) if text)
    return f"| {one.fault.name} | {state} | {one.largest:.0f} | {one.silent:.0f} | {why} |"


def _table(judged: list[Judged]) -> str:
    head = (
        "| fault | outcome | largest error, % | largest without a flag, % | checks that flag it, or the reason |\n"
        "|---|---|---|---|---|\n"
    )
    return head + "\n".join(_line(one) for one in judged)


if __name__ == "__main__":
    sys.exit(main())
