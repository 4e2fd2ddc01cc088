"""What a changed strategy gives on synthetic tubes of known truth, beside what it gave before."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application.running import answer_of
from tregate.pipelines.application.strategies import Changes, changed_text
from tregate.pipelines.application.workspace import Workspace

CONDITIONS = ("nominal", "varied", "few_events")
TUBES = 3
"""Tubes per condition: enough to see a gate go wrong, in some seconds; `tregate validate` takes more."""
EVENTS = 30_000
SHOWN = ("precision", "recall", "f1", "bias_percent")


def validated(space: Workspace, tube: str, changes: Changes) -> dict[str, Any]:
    """Precision, recall, F1 and bias of each population before and after the changes, over all tubes.

    Raises ConfigurationError where there are no synthetic tubes of this kind.
    """
    tables = [_overall(space, tube, which) for which in ((), changes)]
    rows = []
    for population, after in tables[1].items():
        before = tables[0].get(population, {})
        rows.append([population, *(_number(figures.get(name)) for name in SHOWN for figures in (before, after))])
    columns = ["population", *(f"{name} {when}" for name in SHOWN for when in ("before", "after"))]
    return {"columns": columns, "rows": rows, "tubes": TUBES * len(CONDITIONS)}


def _overall(space: Workspace, tube: str, changes: Changes) -> dict[str, dict[str, Any]]:
    path, text, strategy = changed_text(space, tube, changes)
    trial = path.with_name(f".{path.stem}.try.yaml") if path.is_relative_to(space.folder) else None
    with tempfile.TemporaryDirectory() as folder:
        file = trial or Path(folder) / f"{strategy.strategy}.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            code, printed, said = answer_of(
                "validate", str(file), "--kind", strategy.strategy, "--seeds", str(TUBES), "--events", str(EVENTS),
                "--conditions", ",".join(CONDITIONS), "--no-series", "--json", "--quiet", "--out",
                f"{folder}/validation",
            )  # fmt: skip
        finally:
            if trial is not None:
                trial.unlink(missing_ok=True)
    if code == 2:
        raise ConfigurationError([Problem(strategy.strategy, None, said.strip().splitlines()[-1])])
    return {one["population"]: one for one in json.loads(printed) if one["condition"] == "overall"}


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.3g}"
