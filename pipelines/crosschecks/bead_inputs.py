"""Volumes, dilutions and lots of samples.csv that differ from the rest of the study."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable, visits
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_ROWS = 4


def odd_volume(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A row whose volume or dilution is not what nearly all other rows have, and a ratio no product asks for."""
    rows = [record for record in usable(results) if record.beads is not None]
    reads: dict[str, Callable[[TubeRecord], float | None]] = {
        "blood_volume_ul": lambda r: None if r.beads is None else r.beads.blood_volume_ul,
        "bead_volume_ul": lambda r: None if r.beads is None else r.beads.bead_volume_ul,
        "beads_per_tube": lambda r: None if r.beads is None else r.beads.beads_per_tube,
        "dilution": lambda r: None if r.beads is None else r.beads.dilution,
    }
    told = set()
    for column, read in reads.items():
        values = Counter(value for record in rows if (value := read(record)) is not None)
        if not values or values.total() < LEAST_ROWS:
            continue
        usual, count = values.most_common(1)[0]
        if count < (1 - limits.rare_share) * values.total():
            continue
        for record in rows:
            value = read(record)
            if value is not None and value != usual:
                told.add(record.file)
                yield at_tube(
                    record, "odd_volume", Severity.WARN,
                    f"`{column}` is {value:g}; {count} of {values.total()} tubes have {usual:g}. If it was mistyped, "
                    "cells/µL "
                    "are wrong by that factor: correct the row, else leave it.",
                    population=_cells(record), value=value, limit=f"{usual:g}",
                )  # fmt: skip
    yield from _ratios([record for record in rows if record.file not in told], limits)


def _ratios(rows: list[TubeRecord], limits: StudyLimits) -> Iterator[TubeFinding]:
    ratios: dict[float, list[TubeRecord]] = defaultdict(list)
    for record in rows:
        if record.beads is not None and record.beads.bead_volume_ul:
            ratios[record.beads.bead_volume_ul / record.beads.blood_volume_ul].append(record)
    for ratio, alike in ratios.items():
        if limits.volume_ratio_low <= ratio <= limits.volume_ratio_high:
            continue
        for record in alike:
            yield at_tube(
                record, "odd_volume", Severity.WARN,
                f"Bead volume over blood volume is {ratio:.3g}; products ask for 0.5 to 1 ({len(alike)} tubes). "
                "Check both.",
                population=_cells(record), value=ratio,
                limit=f"{limits.volume_ratio_low:g} to {limits.volume_ratio_high:g}",
            )  # fmt: skip


def odd_lot(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A lot that a visit's other bead tubes do not have, where tubes of one visit otherwise share theirs."""
    mixed = []
    shared = 0
    for visit in visits(results):
        counted = [record for record in visit.records if record.beads is not None and record.bead_lot]
        if len(counted) < 2:
            continue
        if len({record.bead_lot for record in counted}) > 1:
            mixed.append(counted)
        else:
            shared += 1
    if len(mixed) > limits.rare_share * (shared + len(mixed)):
        return
    for counted in mixed:
        for record in counted:
            others = ", ".join(sorted({other.bead_lot for other in counted} - {record.bead_lot}))
            yield at_tube(
                record, "odd_lot", Severity.WARN,
                f'Bead lot "{record.bead_lot}" here and "{others}" in another tube of this visit; the study '
                'otherwise uses '
                "one lot a visit. Correct the row if it was mistyped.",
                population=_cells(record),
            )  # fmt: skip


def lot_concentration(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Lots that differ more than lots of one product do, and lots far from what counting beads hold."""
    per_ul: dict[str, float] = {}
    for record in usable(results):
        if record.beads is not None and record.beads.beads_per_ul is not None and record.bead_lot:
            per_ul[record.bead_lot] = float(record.beads.beads_per_ul)
    if not per_ul:
        return
    low, high = min(per_ul, key=lambda lot: per_ul[lot]), max(per_ul, key=lambda lot: per_ul[lot])
    apart = per_ul[high] / per_ul[low] - 1.0
    odd = {lot for lot, value in per_ul.items() if not limits.lot_beads_low <= value <= limits.lot_beads_high}
    if apart > limits.lots_apart:
        message = (
            f"Bead lots differ by {100 * apart:.0f} %: {low} holds {per_ul[low]:g}/µL and {high} "
            f"{per_ul[high]:g}/µL. Lots "
            "of one product differ by a few per cent; check both against their vials."
        )
        finding = Finding("lot_concentration", Severity.WARN, message, "", apart, f"at most {limits.lots_apart:g}")
        yield from _at_lots(results, odd or {low, high}, finding)
    elif odd:
        lot = sorted(odd)[0]
        message = (
            f"Bead lot {lot} holds {per_ul[lot]:g}/µL; common counting beads hold about 1000. If that is not the "
            "product's "
            "number, cells/µL are wrong by the same factor."
        )
        limit = f"{limits.lot_beads_low:g} to {limits.lot_beads_high:g}"
        yield from _at_lots(results, odd, Finding("lot_concentration", Severity.WARN, message, "", per_ul[lot], limit))


def _at_lots(results: Results, lots: set[str], finding: Finding) -> Iterator[TubeFinding]:
    """The finding for each kind of tube where all its tubes have the lot, else at each tube."""
    kinds: dict[str, list[TubeRecord]] = defaultdict(list)
    for record in usable(results):
        if record.beads is not None and record.bead_lot:
            kinds[record.tube].append(record)
    for tube, records in kinds.items():
        if all(record.bead_lot in lots for record in records):
            yield TubeFinding("", "", tube, "", finding)
            continue
        for record in records:
            if record.bead_lot in lots:
                yield TubeFinding(record.subject, record.visit, record.tube, record.file, finding)


def _cells(record: TubeRecord) -> str:
    """The population that is no cells, if the tube has one: a finding about beads concerns concentrations alone."""
    return min(record.not_cells, default="")
