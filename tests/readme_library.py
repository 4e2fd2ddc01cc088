"""The README's library example, and a folder with the files that it names."""

import re
import shutil
from pathlib import Path

from tregate.fixtures.trial import make_trial

ROOT = Path(__file__).resolve().parents[1]


def example() -> str:
    """The code of the example, as it is printed in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import tregate as tg\n.*?)```", readme, re.DOTALL)
    return str(code)


def make_files(folder: Path) -> None:
    """A small study, and two of its tubes under the names of the example."""
    trial = make_trial(folder, seed=4, subjects=1, visits=("D1", "D8"), events=(9_000, 11_000), withdrawn=0)
    for tube in trial.tubes:
        if tube.visit == "D8" and tube.tube in ("T", "TREG"):
            shutil.copy(folder / tube.file, folder / f"S01_D8_{tube.tube}.fcs")
