"""What a study says of beads and volumes, judged before any tube is gated: another unit, or two statements that differ.

Counting beads for flow cytometry hold about 1000 beads/µL, or about 50,000 a tube (docs/limits.md).
"""

from collections.abc import Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.look_alike_names import rows
from tregate.pipelines.study.lots import BeadLot
from tregate.pipelines.study.samples import TubeEntry

AGREE = 0.02
"""Relative difference within which two statements of one bead load say the same: they are printed rounded."""
_UNITS = ((1e3, "per mL"), (1e-3, "with a thousands mark taken for a decimal point"))


def bead_problems(
    entries: Sequence[TubeEntry], lots: Mapping[str, BeadLot], limits: StudyLimits, samples: str, lots_file: str
) -> list[Problem]:
    """Everything about beads and volumes that cannot be meant."""
    used = [entry for entry in entries if not entry.exclude]
    return [
        *_concentrations(lots, limits, lots_file),
        *_volumes(used, limits, samples),
        *_contradictions(used, lots, samples, lots_file),
    ]


def _concentrations(lots: Mapping[str, BeadLot], limits: StudyLimits, file: str) -> Iterator[Problem]:
    low, high = limits.beads_per_ul_low, limits.beads_per_ul_high
    for lot in lots.values():
        value = lot.beads_per_ul
        if value is None or low <= value <= high:
            continue
        meant = [(value / factor, words) for factor, words in _UNITS if low <= value / factor <= high]
        hint = f" Did you mean {meant[0][0]:g}? {value:g} may be written {meant[0][1]}." if meant else ""
        yield Problem(
            file,
            lot.line,
            f'lot "{lot.name}": {value:g} beads/µL is implausible, expected {low:g} to {high:g}; cells/µL would be '
            "wrong by the same factor.",
            f"Write beads per µL as on the vial.{hint}",
        )


def _volumes(entries: Sequence[TubeEntry], limits: StudyLimits, file: str) -> Iterator[Problem]:
    windows = {
        "blood_volume_ul": (limits.blood_volume_ul_low, limits.blood_volume_ul_high, "µL; was it written in mL?"),
        "bead_volume_ul": (limits.bead_volume_ul_low, limits.bead_volume_ul_high, "µL; was it written in mL?"),
        "beads_per_tube": (limits.beads_per_tube_low, limits.beads_per_tube_high, "beads in the whole tube."),
        "dilution": (
            limits.dilution_low,
            limits.dilution_high,
            "factor by which the blood was diluted before pipetting: 2 for 1:2, 1 if it was not diluted. For cells "
            "that were concentrated set `dilution_low` under `checks:`.",
        ),
    }
    for column, (low, high, unit) in windows.items():
        lines: dict[float, list[int]] = {}
        for entry in entries:
            value = getattr(entry, column)
            if value is not None and not low <= value <= high:
                lines.setdefault(value, []).append(entry.line)
        for value, at in lines.items():
            yield Problem(
                file,
                at[0],
                f"`{column}`: {value:g} is implausible, expected {low:g} to {high:g} ({rows(at)}); cells/µL would be "
                "wrong by the same factor.",
                f"Write the {unit}",
            )


def _contradictions(
    entries: Sequence[TubeEntry], lots: Mapping[str, BeadLot], samples: str, lots_file: str
) -> Iterator[Problem]:
    lines: dict[tuple[float, str, float, float], list[int]] = {}
    for entry in entries:
        lot = lots.get(entry.bead_lot)
        if entry.beads_per_tube is None or entry.bead_volume_ul is None or lot is None or lot.beads_per_ul is None:
            continue
        product = lot.beads_per_ul * entry.bead_volume_ul
        if abs(product / entry.beads_per_tube - 1.0) > AGREE:
            key = (entry.beads_per_tube, lot.name, float(lot.beads_per_ul), entry.bead_volume_ul)
            lines.setdefault(key, []).append(entry.line)
    for (per_tube, name, per_ul, volume), at in lines.items():
        yield Problem(
            samples,
            at[0],
            f'`beads_per_tube` {per_tube:g} contradicts lot "{name}" ({lots_file}): {per_ul:g} beads/µL x '
            f"{volume:g} µL = {per_ul * volume:g} beads ({rows(at)}).",
            "Correct one of them, or leave `bead_volume_ul` or `beads_per_tube` empty.",
        )
