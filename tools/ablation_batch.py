"""What only the second look at the batch finds: trials with bad tubes among good ones.

.venv/bin/python tools/ablation_batch.py [--seeds 3] [--events 30000] [--workers 2] [--doc docs/validation.md]
"""

import csv
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ablating import options, report  # noqa: E402

from tregate.fixtures.blood import Blood  # noqa: E402
from tregate.fixtures.conditions import Condition, Dimming  # noqa: E402
from tregate.fixtures.trial import TrialTube, make_trial  # noqa: E402
from tregate.fixtures.tube import make_tube  # noqa: E402
from tregate.pipelines.console import Console  # noqa: E402
from tregate.pipelines.run import run  # noqa: E402
from tregate.pipelines.runs.options import RunOptions  # noqa: E402
from tregate.pipelines.study.load_study import load_study  # noqa: E402
from tregate.pipelines.validation.compare_with_truth import STANDING  # noqa: E402
from tregate.pipelines.validation.comparison import SILENT_ABOVE  # noqa: E402

SECOND_LOOK = ("gate_outlier", "percent_outlier", "batch_shift")
BETWEEN = ("cd3_between_tubes", "lymphosum", "treg_fold", "bead_lymphocyte_ratio")
"""Checks that hold the tubes of a visit against each other. What is said of the study as a whole is no flag here."""
FIGURES = ("CD4+", "CD8+", "NK", "B", "Treg")
"""Of a trial's tubes, those with events enough that 15 % is no chance."""
GOOD = "none: good tubes"
VISITS = ("D1", "D8", "D15", "M1")
SUBJECTS = 8
WRONG_MATRIX = Condition("spill_30", "every coefficient of the matrix is 30 % off", spillover_error=0.3)
GAINS_UP = Condition("gain_up", "gains 2.5-fold up", gain=2.5)
OTHER_BLOOD = Blood(cd4_per_ul=260.0, cd8_per_ul=900.0, nk_per_ul=600.0, b_per_ul=60.0)


@dataclass(frozen=True, slots=True)
class Bad:
    """One tube of the trial spoiled; or, without `subject`, that tube of every subject at the visit."""

    what: str
    visit: str
    tube: str
    condition: Condition | None = None
    blood: Blood | None = None
    subject: str = ""


def _stain(what: str, marker: str, factor: float) -> Condition:
    return Condition(what, what, dimming=(Dimming(marker, "", factor),))


BADS = (
    Bad("CD3 pipetted at a quarter", "D8", "T", _stain("cd3_quarter", "CD3", 0.25), subject="S01"),
    Bad("CD4 pipetted at a tenth", "D8", "T", _stain("cd4_tenth", "CD4", 0.1), subject="S02"),
    Bad("CD56 pipetted at a quarter", "D15", "NK", _stain("cd56_quarter", "CD56", 0.25), subject="S03"),
    Bad("CD19 pipetted at a tenth", "D15", "NK", _stain("cd19_tenth", "CD19", 0.1), subject="S04"),
    Bad("CD25 pipetted at a fifth", "M1", "TREG", _stain("cd25_fifth", "CD25", 0.2), subject="S05"),
    Bad("Foxp3 pipetted at a quarter", "D8", "TREG", _stain("foxp3_quarter", "Foxp3", 0.25), subject="S06"),
    Bad("CD127 forgotten", "D15", "TREG", _stain("cd127_none", "CD127", 0.02), subject="S01"),
    Bad("matrix of another day, 30 % off", "M1", "TREG", WRONG_MATRIX, subject="S02"),
    Bad("matrix of another day, 30 % off", "M1", "NK", WRONG_MATRIX, subject="S03"),
    Bad("gains 2.5-fold up", "D8", "NK", GAINS_UP, subject="S07"),
    Bad("another person's blood", "D15", "NK", blood=OTHER_BLOOD, subject="S06"),
    Bad("another person's blood", "D8", "TREG", blood=replace(OTHER_BLOOD, treg_percent_of_cd4=1.2), subject="S07"),
    Bad("another person's blood", "D15", "T", blood=OTHER_BLOOD, subject="S05"),
    Bad("a day's CD25 lot at a third", "M1", "TREG", _stain("cd25_third", "CD25", 0.33)),
)  # fmt: skip


def batch_table(seeds: Sequence[int], events: int, workers: int) -> str:
    """One line a kind of bad tube: by whom it was flagged. Last, good tubes that were flagged all the same."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    alarms: Counter[str] = Counter()
    for seed in seeds:
        _one_trial(seed, events, workers, counts, alarms)
    lines = [
        "| error | tubes | wrong value | flagged by the tube's own checks | by other tubes of the visit "
        "| by the batch checks | by the batch checks alone | unflagged | wrong value and unflagged |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    columns = ("tubes", "off", "own", "visit", "batch", "batch alone", "unflagged", "silent")
    for what, count in sorted(counts.items(), key=lambda item: item[0] == GOOD):
        lines.append(f"| {what} | " + " | ".join(str(count[column]) for column in columns) + " |")
    heard = ", ".join(f"{check} {times}" for check, times in alarms.most_common()) or "none"
    return "\n".join(lines) + f"\n\nChecks on the good tubes: {heard}."


def _one_trial(seed: int, events: int, workers: int, counts: dict[str, Counter[str]], alarms: Counter[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trial = make_trial(
            folder / "trial", seed, SUBJECTS, (events, events), VISITS, formats=("float_little",), withdrawn=0
        )
        spoiled: dict[str, str] = {}
        for bad in BADS:
            for k, tube in enumerate(trial.tubes):
                hit = tube.visit == bad.visit and tube.tube == bad.tube and bad.subject in ("", tube.subject)
                if hit and tube.file not in spoiled:
                    blood = bad.blood or trial.bloods[tube.subject, tube.visit]
                    made = make_tube(tube.kind, bad.condition or "nominal", 7_000_000 + 1000 * seed + k, events, blood)
                    made.write(folder / "trial" / tube.file)
                    spoiled[tube.file] = bad.what
        run(load_study(trial.study), folder / "out", RunOptions(workers, pages="none"), Console(quiet=True))
        with (folder / "out" / "findings.csv").open(newline="", encoding="utf-8") as file:
            findings = [row for row in csv.DictReader(file) if row["severity"] != "info"]
        with (folder / "out" / "failures.csv").open(newline="", encoding="utf-8") as file:
            failed = {row["file"] for row in csv.DictReader(file)}
        off = _off(folder / "out" / "counts.csv", trial.truth)
        for tube in trial.tubes:
            about = [row for row in findings if _speaks_of(row, tube)]
            batch = {row["check"] for row in about if row["check"] in SECOND_LOOK}
            own = {row["check"] for row in about if row["file"] and row["check"] not in {*SECOND_LOOK, *BETWEEN}}
            visit = {row["check"] for row in about if row["check"] in BETWEEN}
            count = counts[spoiled.get(tube.file, GOOD)]
            if tube.file not in spoiled:
                alarms.update(batch | own | visit)
            count["tubes"] += 1
            count["off"] += tube.file in off
            count["own"] += bool(own) or tube.file in failed
            count["visit"] += bool(visit)
            count["batch"] += bool(batch)
            count["batch alone"] += bool(batch) and not own and not visit and tube.file not in failed
            unflagged = not (batch or own or visit or tube.file in failed)
            count["unflagged"] += unflagged
            count["silent"] += unflagged and off.get(tube.file, False)


def _off(counts: Path, truth: Path) -> dict[str, bool]:
    """Files with a figure that is off the blood's truth by more than 15 % -> whether one of those has no flag."""
    with truth.open(newline="", encoding="utf-8") as file:
        true = {(row["subject"], row["visit"], row["population"]): row for row in csv.DictReader(file)}
    with counts.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    events = {(row["file"], row["population"]): row["events"] for row in rows}
    off: dict[str, bool] = {}
    for row in rows:
        blood = true.get((row["subject"], row["visit"], row["population"]))
        cd4 = events.get((row["file"], "CD4+"))
        if row["population"] not in FIGURES or blood is None:
            continue
        if row["cells_per_ul"]:
            value, wanted = float(row["cells_per_ul"]), float(blood["cells_per_ul"])
        elif row["population"] == "Treg" and row["events"] and cd4:
            value, wanted = 100 * float(row["events"]) / float(cd4), float(blood["percent_of_cd4"])
        else:
            continue
        if abs(value / wanted - 1) > SILENT_ABOVE:
            flagged = set(row["flags"].split(";")) - STANDING - {""}
            off[row["file"]] = off.get(row["file"], False) or not flagged
    return off


def _speaks_of(finding: Mapping[str, str], tube: TrialTube) -> bool:
    """An empty field of a finding means all."""
    about = {"subject": tube.subject, "visit": tube.visit, "tube": tube.tube, "file": tube.file}
    return all(finding[column] in ("", value) for column, value in about.items())


def main() -> int:
    """Measure, print, and write into the page where one is named."""
    asked = options(__doc__, events=30_000)
    text = batch_table(range(asked.seeds), asked.events, asked.workers)
    report(text, "ablation of the second look", asked.doc)
    return 0


if __name__ == "__main__":
    sys.exit(main())
