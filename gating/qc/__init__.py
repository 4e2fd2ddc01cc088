"""Any stage -> findings: one idea a file, all in one registry."""

from gating.qc.bead_quality import BEAD_FLAGS, arrivals_of
from gating.qc.inspected import Inspected
from gating.qc.registry import CHECKS, check

__all__ = ["BEAD_FLAGS", "CHECKS", "Inspected", "arrivals_of", "check"]
