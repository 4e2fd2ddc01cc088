"""Any stage -> findings: one idea a file, all in one registry."""

from tregate.gating.qc.bead_quality import BEAD_FLAGS, arrivals_of
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.registry import CHECKS, Seen, check, look

__all__ = ["BEAD_FLAGS", "CHECKS", "Inspected", "Seen", "arrivals_of", "check", "look"]
