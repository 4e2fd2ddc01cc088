"""What a study says of beads and volumes, judged before any tube is gated: another unit, or two statements that differ.

Counting beads for flow cytometry hold about 1000 beads/µL, or about 50,000 a tube (docs/limits.md).
"""

from collections.abc import Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.gating.strategy.counting import MOST_OF_TOTAL, Counting
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.look_alike_names import rows
from tregate.pipelines.study.lots import BeadLot
from tregate.pipelines.study.samples import HAEMATOLOGY_COLUMN, TubeEntry

AGREE = 0.02
"""Relative difference within which two statements of one bead load say the same: they are printed rounded."""
_OF_LITRES = ((1e-3, "as 10^9/L, which haematology counters print"), (1e3, "per mL"))
_UNITS = ((1e3, "per mL"), (1e-3, "with a thousands mark taken for a decimal point"))


def bead_problems(
    entries: Sequence[TubeEntry],
    lots: Mapping[str, BeadLot],
    counting: Mapping[str, Counting],
    limits: StudyLimits,
    samples: str,
    lots_file: str,
) -> list[Problem]:
    """Everything about beads, volumes and haematology that cannot be meant. `counting`: ways without beads, by tube."""
    used = [entry for entry in entries if not entry.exclude]
    return [
        *_concentrations(lots, limits, lots_file),
        *_volumes(used, limits, samples),
        *_haematology(used, limits, samples),
        *_above_total(used, counting, samples),
        *_contradictions(used, lots, samples, lots_file),
    ]


def _concentrations(lots: Mapping[str, BeadLot], limits: StudyLimits, file: str) -> Iterator[Problem]:
    low, high = limits.beads_per_ul_low, limits.beads_per_ul_high
    for lot in lots.values():
        value = lot.beads_per_ul
        if value is None or low <= value <= high:
            continue
        yield Problem(
            file,
            lot.line,
            f'lot "{lot.name}": {value:g} beads/µL is implausible, expected {low:g} to {high:g}; cells/µL would be '
            "wrong by the same factor.",
            f"Write beads per µL as on the vial.{_meant(value, low, high, _UNITS)}",
        )


def _meant(value: float, low: float, high: float, units: Sequence[tuple[float, str]]) -> str:
    """The number that was probably meant, where another unit explains the value."""
    for factor, words in units:
        if low <= value / factor <= high:
            return f" Did you mean {value / factor:g}? {value:g} may be written {words}."
    return ""


def _haematology(entries: Sequence[TubeEntry], limits: StudyLimits, file: str) -> Iterator[Problem]:
    low, high = limits.haematology_per_ul_low, limits.haematology_per_ul_high
    for entry in entries:
        value = entry.haematology_per_ul
        if value is not None and not low <= value <= high:
            yield Problem(
                file,
                entry.line,
                f"`{HAEMATOLOGY_COLUMN}`: {value:g} is implausible, expected {low:g} to {high:g}; cells/µL would be "
                "wrong by the same factor.",
                f"Write cells per µL.{_meant(value, low, high, _OF_LITRES)}",
            )


def _above_total(entries: Sequence[TubeEntry], counting: Mapping[str, Counting], file: str) -> Iterator[Problem]:
    """Tubes counted by volume of which more blood was pipetted, or more acquired, than was in the tube."""
    lines: dict[tuple[str, float, float], list[int]] = {}
    for entry in entries:
        way = counting.get(entry.tube)
        if way is None or way.total_volume_ul is None or entry.wants_beads:
            continue
        for column, share in (("volume_ul", MOST_OF_TOTAL), ("blood_volume_ul", 1.0)):
            value = getattr(entry, column)
            if value is not None and value > share * way.total_volume_ul:
                lines.setdefault((column, value, way.total_volume_ul), []).append(entry.line)
    for (column, value, total), at in lines.items():
        yield Problem(
            file,
            at[0],
            f"`{column}`: {value:g} µL is more than was in the tube, {total:g} µL by `total_volume_ul` of "
            f"`counting` in study.yaml ({rows(at)}).",
            "Correct one of them; both are in µL, and the total is that of blood, lysing solution and all.",
        )


def _volumes(entries: Sequence[TubeEntry], limits: StudyLimits, file: str) -> Iterator[Problem]:
    in_ul = "volume in µL; was it written in mL?"
    windows = {
        "blood_volume_ul": (limits.blood_volume_ul_low, limits.blood_volume_ul_high, in_ul),
        "volume_ul": (limits.volume_ul_low, limits.volume_ul_high, "volume in µL; was it written in mL or nL?"),
        "bead_volume_ul": (limits.bead_volume_ul_low, limits.bead_volume_ul_high, in_ul),
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
