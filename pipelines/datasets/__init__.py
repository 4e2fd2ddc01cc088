"""Data sets of a finished run for other programs: SAS transport files with their definition, REDCap imports,
gates as Gating-ML and as a FlowJo workspace, spillover matrices, events as FCS and as AnnData."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tregate.pipelines.datasets.anndata_files import write_anndata
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.fcs import write_fcs
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.flowjo import write_flowjo
from tregate.pipelines.datasets.gating_ml import write_gating_ml
from tregate.pipelines.datasets.matrices import write_flowjo_matrices, write_matrices
from tregate.pipelines.datasets.redcap import write_redcap
from tregate.pipelines.datasets.submission import write_submission

Target = Callable[[FinishedRun, Path, Asked], tuple[str, ...]]
"""Writes into a folder and returns the names of its files."""

TARGETS: Mapping[str, Target] = {
    "xpt": write_submission,
    "redcap": write_redcap,
    "gatingml": write_gating_ml,
    "flowjo": write_flowjo,
    "compensation": write_matrices,
    "flowjo-matrix": write_flowjo_matrices,
    "fcs": write_fcs,
    "anndata": write_anndata,
}
"""Name of `tregate export --to` -> what writes it. A new one is a file and a line here."""

OF_EVENTS = ("fcs", "anndata")
"""Targets that write events."""
OF_GATES = ("gatingml", "flowjo")
"""Targets that write gates."""
