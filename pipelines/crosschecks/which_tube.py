"""Which tube of a visit is probably wrong, where tubes that hold the same blood disagree.

Two kinds of evidence can tell them apart; without either, one tube is as likely as the other:

- the populations that a tube gave are confirmed by the other tube, which does not add up by itself;
- a gate on the way to the populations, or a percentage that every tube has, is an outlier in one tube alone. Blood
  moves the percentages of all tubes of a visit alike, and no threshold.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.wording import number_text, percent_text
from tregate.pipelines.crosschecks.outliers import NamedScore, TubePlace
from tregate.pipelines.crosschecks.visits import events, per_ul
from tregate.pipelines.tabulate.flags import lineage
from tregate.pipelines.tubes.records import TubeRecord

USUAL = 2.0
"""|robust z| up to which a tube is like its batch."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """The tube that is probably wrong."""

    record: TubeRecord
    why: str
    """The evidence, in words."""
    others_confirmed: bool = False
    """Whether the other tubes' values were measured again in this one, and agree."""

    @property
    def words(self) -> str:
        """For a message of any of the tubes."""
        return f"Tube {self.record.tube} is probably wrong ({self.why}): review its gates."


def adds_up_wrong(
    records: Sequence[TubeRecord],
    given: Mapping[str, Collection[str]],
    parts: Sequence[str],
    whole: str,
    total: float,
    limit: float,
) -> Suspect | None:
    """The one tube of which parts and whole do not add up by themselves, with all that the others gave confirmed.

    Parameters
    ----------
    given : tube -> populations that the total has from it
    total : percent of the whole that the parts of all tubes add up to
    limit : largest difference from 100 %, and of one population between two tubes [% of the mean]
    """
    found = []
    for record in records:
        alone = _percent(record, parts, whole)
        others = [other for other in records if other is not record]
        if alone is None or abs(alone - 100.0) <= limit or (alone > 100.0) != (total > 100.0):
            continue
        if all(_agree(record, other, name, limit) for other in others for name in given.get(other.tube, ())):
            found.append((record, alone))
    if len(found) != 1:
        return None
    record, alone = found[0]
    why = f"its own events add up to {percent_text(alone / 100.0)}, and what it shares with the other agrees"
    return Suspect(record, why, others_confirmed=True)


def outlying(
    records: Sequence[TubeRecord],
    given: Mapping[str, Collection[str]],
    scores: Mapping[TubePlace, Sequence[NamedScore]],
    least: float,
) -> Suspect | None:
    """The one tube with an outlier of at least `least` where every other tube is like its batch."""
    worst = {record.tube: _farthest(record, records, given.get(record.tube, ()), scores) for record in records}
    far = [record for record in records if worst[record.tube][0] >= least]
    near = [record for record in records if worst[record.tube][0] <= USUAL]
    if len(far) != 1 or len(near) != len(records) - 1:
        return None
    z, what = worst[far[0].tube]
    return Suspect(far[0], f"{what} is an outlier (robust z {number_text(z)})")


def one_of(records: Sequence[TubeRecord]) -> str:
    """The tubes as alternatives.

    >>> from types import SimpleNamespace
    >>> one_of([SimpleNamespace(tube="T"), SimpleNamespace(tube="NK")])
    'one of T and NK'
    """
    *first, last = (record.tube for record in records)
    return f"one of {', '.join(first)} and {last}" if first else f"tube {last}"


def _percent(record: TubeRecord, parts: Sequence[str], whole: str) -> float | None:
    *known, of = (events(record, name) for name in (*parts, whole))
    found = [one for one in known if one is not None]
    return 100.0 * sum(found) / of if of and len(found) == len(parts) else None


def _agree(record: TubeRecord, other: TubeRecord, name: str, limit: float) -> bool:
    a, b = per_ul(record, name), per_ul(other, name)
    return a is not None and b is not None and a + b > 0.0 and 200.0 * abs(a - b) / (a + b) <= limit


def _farthest(
    record: TubeRecord,
    records: Sequence[TubeRecord],
    populations: Collection[str],
    scores: Mapping[TubePlace, Sequence[NamedScore]],
) -> tuple[float, str]:
    """(largest |z|, of what) over the gates on the way to the populations, and percentages that all tubes have."""
    names = {name for population in populations for name in lineage(record, population)}
    found = [(0.0, "")]
    for population, label, z in scores.get((record.subject, record.visit, record.tube, record.file), ()):
        if population not in names:
            continue
        if label:
            found.append((abs(z), f"its {population} gate ({label})"))
        elif all(events(other, population) is not None for other in records):
            found.append((abs(z), f"its percentage of {population}"))
    return max(found)
