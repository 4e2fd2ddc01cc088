"""`tregate import` of gates that a test writes, on files that it makes."""

from pathlib import Path

import numpy as np
from cli_running import rows, tregate
from fcs_bytes import Fcs, words

NAMESPACES = (
    'xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:transforms="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
    'xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes"'
)


def write_line(folder: Path) -> None:
    """A file of 100 events with A = 0, 1 ... 99 and B the reverse."""
    folder.mkdir(exist_ok=True)
    values = np.arange(100, dtype=np.float64)
    data = words(np.column_stack([values, values[::-1]]), "<f4")
    (folder / "line.fcs").write_bytes(Fcs(data, 100, [32, 32], [1024, 1024], "F", names=("A", "B")).build())


def imported_gates(document: Path, text: str) -> tuple[int, str, dict[str, dict[str, str]]]:
    """Exit code, words, and agreement.csv by population, of gates for the files in the folder `fcs` beside them."""
    document.write_text(text, encoding="utf-8")
    out = document.parent / "out"
    done = tregate("import", document, "--fcs", document.parent / "fcs", "--out", out)
    found = rows(out / "agreement.csv") if (out / "agreement.csv").is_file() else []
    return done.code, done.out + done.err, {row["population"]: row for row in found}
