"""Stains that may be exchanged, by cells that carry one of them; `crosschecks/carried_stains.py` looks for it."""

from tregate.pipelines.plausible.relation import Relation


class Carried(Relation):
    """Two populations gated against the same cells: some carry the second's marker, next to none the first's."""

    carried_by: str
    """Population."""
    of: tuple[str, str]
    """Populations, each gated by one marker against `carried_by` (`of:` of its gate)."""
    check: str
    """Name of the finding on exchanged stains."""
