"""The choice among samples of one file: a study has the gates of one of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.pipelines.interchange.gated_sample import GatedSample


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sample that is not in the study: another one is the same file."""

    file: str
    sample: str
    kept: str
    same_gates: bool
    """Whether nothing is lost: both have the same gates."""


def kept_of_each_file(gated: Sequence[GatedSample]) -> dict[Path, GatedSample]:
    """File -> the sample whose gates the study has: of several the first with the fewest counts that differ."""
    kept: dict[Path, GatedSample] = {}
    for one in gated:
        if one.tube.taken.strategy is None or not one.counts:
            continue
        before = kept.get(one.tube.sample.path)
        if before is None or one.n_disagreeing < before.n_disagreeing:
            kept[one.tube.sample.path] = one
    return kept


def left_out(gated: Sequence[GatedSample], kept: Mapping[Path, GatedSample]) -> Iterator[LeftOut]:
    """The samples whose file has the gates of another."""
    for one in gated:
        other = kept.get(one.tube.sample.path)
        if other is not None and other is not one and one.counts:
            same = one.drawn_as == other.drawn_as
            yield LeftOut(one.matched.file, one.called, other.called, same_gates=same)
