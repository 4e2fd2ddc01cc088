"""Stains that may be exchanged; `crosschecks/exchanged_stains.py` looks for it."""

from typing import ClassVar

from tregate.pipelines.plausible.relation import Limit, Relation


class Exchangeable(Relation):
    """Two populations whose stains may be exchanged: cells outside their parent carry the second's marker dimly."""

    LIMITS: ClassVar[tuple[str, ...]] = ("least_ratio",)

    exchangeable: tuple[str, str]
    """Populations of one parent, each gated by one marker."""
    check: str
    """Name of the finding on exchanged stains."""
    study_check: str
    """Name of the finding on a study's median ratio, first over second."""
    least_ratio: Limit
    """Least median ratio of a study."""
