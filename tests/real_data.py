"""Where the real files lie, and what their inventory says of them."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"

needs_real = pytest.mark.skipif(not (REAL / "INVENTORY.csv").is_file(), reason="needs ../shared/data/real")


@dataclass(frozen=True)
class Listed:
    """One file of the inventory."""

    path: Path
    name: str
    """Path inside the folder."""
    kind: str
    expect: str
    data_sets: str
    row: Mapping[str, str] = field(repr=False)
    """All columns, as written."""


def inventory(*kinds: str) -> list[Listed]:
    """The files of these kinds ("fcs", "lmd" ...); empty where the folder is absent."""
    if not (REAL / "INVENTORY.csv").is_file():
        return []
    with (REAL / "INVENTORY.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        Listed(REAL / row["path"], row["path"], row["kind"], row["expect"], row["data_sets"], row)
        for row in rows
        if row["kind"] in kinds
    ]


def real_file(name: str) -> Path:
    """The one file whose path ends so."""
    found = [path for path in REAL.rglob(Path(name).name) if str(path).endswith(name)]
    assert len(found) == 1, f"{name}: {len(found)} files"
    return found[0]
