"""`tregate export --to anndata`: the events of every tube as AnnData, for Python's single-cell packages."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.event_table import event_table
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.event_files import TubeEvents, unique, write_event_files
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.files.atomic import whole_file

DETAILS = ("subject", "visit", "tube", "file")


def write_anndata(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write an .h5ad file per tube: X compensated linear intensity, obs membership, var channels.

    Raises ConfigurationError where the package anndata is not installed.
    """
    try:
        import anndata  # noqa: F401
    except ImportError:
        message = "the package anndata is not installed."
        raise ConfigurationError([Problem("--to", None, message, "pip install 'tregate[anndata]'")]) from None
    version = str(run.record["program"]["version"])
    return write_event_files(run, out, asked.population, ".h5ad", partial(_write, version))


def _write(version: str, held: TubeEvents, path: Path) -> None:
    import anndata
    import pandas as pd

    parameters = held.prepared.sample.parameters
    n = len(held.rows)
    details = dict(zip(DETAILS, (*held.tube.entry.key, held.tube.entry.file), strict=True))
    # A key of the file format has no "/"
    populations = unique([*DETAILS, "event", *(str(name).replace("/", "_") for name in held.members)])[5:]
    columns: dict[str, Any] = {name: pd.Categorical([value] * n) for name, value in details.items()}
    columns["event"] = held.rows + 1
    columns.update(zip(populations, held.members.values(), strict=True))
    channels = [str(one.name) for one in parameters]
    var = {
        "channel": channels,
        "marker": list(held.markers()),
        "stain": [one.stain for one in parameters],
        "compensated": [held.prepared.is_mixed(i) for i in range(len(parameters))],
        "top": [float(one.top) for one in parameters],
    }
    absent = [str(name) for name in held.tube.strategy.populations if name not in held.members]
    data = anndata.AnnData(
        event_table(held.prepared, compensated=True)[held.rows].astype(np.float32),
        obs=pd.DataFrame(columns, index=[f"{'_'.join(held.tube.entry.key)}_{row + 1}" for row in held.rows]),
        var=pd.DataFrame(var, index=list(unique(channels))),
        uns={
            "tregate": version,
            "strategy": held.tube.strategy.strategy,
            "values": "compensated linear intensity; Time in seconds",
            "populations": list(populations),
            "not_measured": "; ".join(absent),
        },
    )
    with whole_file(path) as part:
        data.write_h5ad(part, compression="gzip")
