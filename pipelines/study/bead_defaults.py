"""`beads:` of study.yaml: how beads are added to a kind of tube, where its rows of samples.csv do not say otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from tregate.gating.strategy.model import Model
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.study.text_or_number_name import Name

NO_BEADS = "none"
"""`bead_lot` of a row to which no beads were added although its kind of tube has a default."""
Amount = Annotated[float, Field(strict=True, gt=0)]


class BeadDefault(Model):
    """Beads of one kind of tube."""

    lot: Name | None = None
    bead_volume_ul: Amount | None = None
    """[µL]"""
    blood_volume_ul: Amount | None = None
    """[µL]"""
    beads_per_tube: Amount | None = None
    dilution: Amount | None = None


def with_defaults(entries: Sequence[TubeEntry], defaults: Mapping[str, BeadDefault]) -> tuple[TubeEntry, ...]:
    """The entries as if every row had been typed.

    A row that states beads per tube takes no bead volume from the default, and the other way: they are two ways to say
    one thing. A row whose `bead_lot` is `none` takes nothing.
    """
    return tuple(_filled(entry, defaults.get(entry.tube)) for entry in entries)


def _filled(entry: TubeEntry, default: BeadDefault | None) -> TubeEntry:
    if entry.bead_lot.casefold() == NO_BEADS:
        return replace(entry, bead_lot="", bead_volume_ul=None, beads_per_tube=None)
    if default is None or entry.exclude:
        return entry
    by_volume = entry.bead_volume_ul if entry.beads_per_tube else entry.bead_volume_ul or default.bead_volume_ul
    own_volume = entry.bead_volume_ul is not None or bool(entry.bead_lot)
    per_tube = entry.beads_per_tube if own_volume else entry.beads_per_tube or default.beads_per_tube
    return replace(
        entry,
        bead_lot=entry.bead_lot or default.lot or "",
        bead_volume_ul=by_volume,
        blood_volume_ul=entry.blood_volume_ul or default.blood_volume_ul,
        beads_per_tube=per_tube,
        dilution=entry.dilution if entry.states_dilution else default.dilution or 1.0,
    )
