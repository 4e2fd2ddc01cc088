"""A folder as an instrument leaves it: running numbers in the names, an FMO, an unstained tube, no study files."""

import csv
import shutil
from pathlib import Path

from tregate.fixtures.trial import make_trial

VISITS = ("D1", "D8", "D15")


def instrument_folder(folder: Path, seed: int = 19, events: tuple[int, int] = (9_000, 11_000)) -> dict[str, str]:
    """Make 27 sample tubes (3 subjects, 3 visits, 3 tubes) and 2 controls; what the trial's lots are, as CSV text."""
    made = folder.parent / f"{folder.name}-made"
    make_trial(made, seed=seed, subjects=3, visits=VISITS, events=events, formats=("float_little",), withdrawn=0)
    folder.mkdir(parents=True)
    with (made / "samples.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, start=1):
        name = f"Specimen_001_{row['subject']} {row['visit']} {row['tube']}_{number:03d}.fcs"
        shutil.copyfile(made / row["file"], folder / name)
    treg = next(row for row in rows if row["tube"] == "TREG")
    shutil.copyfile(made / treg["file"], folder / f"Specimen_001_{treg['subject']} {treg['visit']} FMO CD127_028.fcs")
    shutil.copyfile(made / treg["file"], folder / f"Specimen_001_{treg['subject']} {treg['visit']} Unstained_029.fcs")
    written = {
        name: (made / name).read_text(encoding="utf-8") for name in ("study.yaml", "samples.csv", "bead_lots.csv")
    }
    shutil.rmtree(made)
    return written
