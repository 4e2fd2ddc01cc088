"""A study of very many tubes: hard links of a few different ones under names and subjects of their own."""

import csv
import os
from pathlib import Path

from tregate.fixtures.trial import make_trial

SUBJECTS = 6


def make_many(folder: Path, tubes: int, events: int = 20_000) -> int:
    """A trial of 108 different tubes, linked until there are `tubes` at least; how many there are."""
    make_trial(folder, subjects=SUBJECTS, events=(events, events), withdrawn=0, formats=("float_little",))
    with (folder / "samples.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed = list(rows)
    turn = 1
    while len(listed) < tubes:
        for row in rows:
            path = Path(row["file"])
            name = path.with_name(f"R{turn:03d}{path.name}")
            os.link(folder / path, folder / name)
            listed.append({**row, "file": name.as_posix(), "subject": f"R{turn:03d}{row['subject']}"})
        turn += 1
    with (folder / "samples.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
    return len(listed)
