"""Tubes that will be counted in percent alone: their strategy counts beads, and the tube list does not say which."""

from collections.abc import Sequence

from tregate.gating.count.flags import BEAD_LOAD_MISSING
from tregate.gating.errors import Problem
from tregate.pipelines.study.load_study import Study, shown
from tregate.pipelines.tubes.tube_tasks import Job


def without_bead_load(study: Study, jobs: Sequence[Job]) -> Problem | None:
    """That tubes have no bead lot and volumes, so that their concentrations stay empty; None where every tube has."""
    lacking = [job for job in jobs if job.order.no_beads == BEAD_LOAD_MISSING]
    if not lacking:
        return None
    number = len(lacking)
    kinds = ", ".join(dict.fromkeys(job.entry.tube for job in lacking if job.entry.tube))
    tubes = f"{number} bead tube{'' if number == 1 else 's'}{f' ({kinds})' if kinds else ''}"
    have, their = ("has", "its") if number == 1 else ("have", "their")
    message = f"{tubes} {have} no bead lot or volumes, so {their} cells/µL stay empty."
    remedy = "Fill in `bead_lot`, `bead_volume_ul` and `blood_volume_ul`, or go on with percentages alone."
    return Problem(shown(study.samples_file), None, message, remedy)
