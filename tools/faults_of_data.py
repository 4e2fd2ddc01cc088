"""The faults: each makes one copy of the trial wrong in one way that happens in laboratories."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from faulty_trial import BEAD_TUBES, Columns, Events, Spoiled

WHO, OTHER = "S03", "S05"
FIRST, VISIT = "D1", "D8"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault."""

    name: str
    spoil: Callable[[Spoiled], None]
    why_invisible: str = ""
    """Why the data cannot show it, for the faults that stay silent."""


def _lots(factor: float, only: Callable[[dict[str, str]], bool] = lambda row: True) -> Callable[[Spoiled], None]:
    return lambda s: s.cells("bead_lots.csv", "beads_per_ul", lambda text: f"{float(text) * factor:.6g}", only)


def _volume(
    column: str, value: str, visit: str | None = VISIT, tubes: tuple[str, ...] = BEAD_TUBES
) -> Callable[[Spoiled], None]:
    def only(row: dict[str, str]) -> bool:
        return row["tube"] in tubes and (visit is None or (row["subject"], row["visit"]) == (WHO, visit))

    return lambda s: s.cells("samples.csv", column, lambda _: value, only)


def _each(tubes: tuple[str, ...], change: Callable[[Events, Columns], Events]) -> Callable[[Spoiled], None]:
    def spoil(s: Spoiled) -> None:
        for tube in tubes:
            s.events(s.file(WHO, VISIT, tube), change)

    return spoil


def _less(population: str, share: float) -> Callable[[Events, Columns], Events]:
    """That share of a population becomes debris: no beads or cells, the same number of events."""

    def change(events: Events, columns: Columns) -> Events:
        rng = np.random.default_rng(5)
        rows = np.flatnonzero(columns.mask(population))
        lost = rng.random(len(rows)) < share
        debris = np.flatnonzero(
            events[:, columns.index("FSC-A")] < np.quantile(events[:, columns.index("FSC-A")], 0.05)
        )
        time = events[:, columns.index("Time")].copy()
        events[rows[lost]] = events[rng.choice(debris, lost.sum())] * rng.normal(
            1.0, 0.01, (lost.sum(), events.shape[1])
        )
        events[:, columns.index("Time")] = time
        return events

    return change


def _exchanged_names(tube: str, one: int, other: int, *, everywhere: bool) -> Callable[[Spoiled], None]:
    """Two stains change names in TEXT, as a wrong panel does: colours, spillover and all stay right."""
    names = {b"%d" % one: b"%d" % other, b"%d" % other: b"%d" % one}

    def spoil(s: Spoiled) -> None:
        for path in s.all(tube) if everywhere else [s.file(WHO, VISIT, tube)]:
            written = rb"(?<=/CD)(%s)(?!\d)" % b"|".join(names)
            path.write_bytes(re.sub(written, lambda found: names[found.group()], path.read_bytes()))

    return spoil


def _mixed(share: float, tube: str, appended: bool = False) -> Callable[[Spoiled], None]:
    """That share of the events are another subject's: all over the run, or at its end."""

    def spoil(s: Spoiled) -> None:
        taken: list[Events] = []

        def take(events: Events, columns: Columns) -> Events:
            taken.append(events.copy())
            return events

        s.events(s.file(OTHER, VISIT, tube), take)

        def change(events: Events, columns: Columns) -> Events:
            rng = np.random.default_rng(6)
            n = min(int(share * len(events)), len(taken[0]))
            where = np.arange(len(events) - n, len(events)) if appended else rng.choice(len(events), n, replace=False)
            time = events[:, columns.index("Time")].copy()
            events[np.sort(where)] = taken[0][np.sort(rng.choice(len(taken[0]), n, replace=False))]
            events[:, columns.index("Time")] = time
            return events

        s.events(s.file(WHO, VISIT, tube), change)

    return spoil


def _twice(events: Events, columns: Columns) -> Events:
    half = len(events) // 2
    events[half : 2 * half] = events[:half]
    return events


def _zeros(events: Events, columns: Columns) -> Events:
    events[np.random.default_rng(7).random(len(events)) < 0.1, columns.index("Foxp3")] = 0.0
    return events


def _time(order: Callable[[Events], Events]) -> Callable[[Events, Columns], Events]:
    def change(events: Events, columns: Columns) -> Events:
        i = columns.index("Time")
        events[:, i] = order(events[:, i].copy())
        return events

    return change


def _gain(factor: float, stain: str | None) -> Callable[[Events, Columns], Events]:
    def change(events: Events, columns: Columns) -> Events:
        where = columns.fluorescence if stain is None else [columns.index(stain)]
        events[len(events) // 2 :, where] *= factor
        return events

    return change


def _resaved(tubes: tuple[str, ...], source: tuple[str, str]) -> Callable[[Spoiled], None]:
    def spoil(s: Spoiled) -> None:
        for tube in tubes:
            s.resave((*source, tube), (WHO, VISIT, tube))

    return spoil


def _swapped(tubes: tuple[str, ...], other: tuple[str, str] = (OTHER, VISIT)) -> Callable[[Spoiled], None]:
    return lambda s: s.swap((WHO, VISIT), other, tubes)


ALL = (*BEAD_TUBES, "TREG")
SMALL = "Smaller than what one visit varies by itself."
FAULTS = (
    Fault("all lots x10 (decimal slip)", _lots(10)),
    Fault("all lots x2", _lots(2)),
    Fault("one lot of two x2", _lots(2, lambda row: row["bead_lot"].endswith("2"))),
    Fault("one lot of two x1.2", _lots(1.2, lambda row: row["bead_lot"].endswith("2"))),
    Fault("beads/µL 1.003 for 1003 (thousands mark)", _lots(0.001)),
    Fault("beads per mL", _lots(1000)),
    Fault("blood volume 10 for 100, every row", _volume("blood_volume_ul", "10", None)),
    Fault("blood volume 0.1 (mL), every row", _volume("blood_volume_ul", "0.1", None)),
    Fault("blood volume 50 for 100, every row", _volume("blood_volume_ul", "50", None)),
    Fault("blood volume 50 for 100, T and NK of a visit", _volume("blood_volume_ul", "50")),
    Fault("blood volume 50 for 100, T of a visit", _volume("blood_volume_ul", "50", VISIT, ("T",))),
    Fault("bead volume 50 for 100, T and NK of a visit", _volume("bead_volume_ul", "50")),
    Fault("blood volume 1000 for 100, T and NK of a visit", _volume("blood_volume_ul", "1000")),
    Fault("blood volume 1000 for 100, T and NK of a baseline", _volume("blood_volume_ul", "1000", FIRST)),
    Fault("dilution 2 written, T and NK of a visit", _volume("dilution", "2")),
    Fault("another lot written for T of a visit", _volume("bead_lot", "FC-7102", VISIT, ("T",)), SMALL),
    Fault("half the beads, T and NK", _each(BEAD_TUBES, _less("bead region", 0.5))),
    Fault("half the beads, T", _each(("T",), _less("bead region", 0.5))),
    Fault("cells halved, T and NK (dilution not written)", _each(BEAD_TUBES, _less("cells", 0.5))),
    Fault("8 % of the cells lost, T", _each(("T",), _less("cells", 0.08)), SMALL),
    Fault("samples of two subjects exchanged, all tubes", _swapped(ALL)),
    Fault("samples of two subjects exchanged, T", _swapped(("T",))),
    Fault("samples of two subjects exchanged, NK", _swapped(("NK",))),
    Fault("samples of two subjects exchanged, TREG", _swapped(("TREG",))),
    Fault(
        "two visits of one subject exchanged, all tubes and their dates",
        _swapped(ALL, (WHO, FIRST)),
        "The blood is the right person's and the files say the right days; only the course over visits differs.",
    ),
    Fault("all tubes of a visit are the baseline's, saved again", _resaved(ALL, (WHO, FIRST))),
    Fault("all tubes of a visit are another subject's, saved again", _resaved(ALL, (OTHER, VISIT))),
    Fault("T of a visit is the baseline's, saved again", _resaved(("T",), (WHO, FIRST))),
    Fault("CD4 and CD8 exchanged in every T tube", _exchanged_names("T", 4, 8, everywhere=True)),
    Fault("CD4 and CD8 exchanged in one T tube", _exchanged_names("T", 4, 8, everywhere=False)),
    Fault("CD19 and CD56 exchanged in every NK tube", _exchanged_names("NK", 19, 56, everywhere=True)),
    Fault("CD19 and CD56 exchanged in one NK tube", _exchanged_names("NK", 19, 56, everywhere=False)),
    Fault("30 % of another subject's events mixed in, T", _mixed(0.3, "T")),
    Fault("30 % of another subject's events mixed in, TREG", _mixed(0.3, "TREG")),
    Fault("another subject's run appended (40 %), T", _mixed(0.4, "T", appended=True)),
    Fault("every event of a TREG file twice", _each(("TREG",), _twice)),
    Fault("10 % of Foxp3 values read 0", _each(("TREG",), _zeros), SMALL),
    Fault("time backwards, T", _each(("T",), _time(lambda t: t[::-1]))),
    Fault("time restarting, T", _each(("T",), _time(lambda t: np.r_[t[: len(t) // 2], t[: len(t) - len(t) // 2]]))),
    Fault("gain x1.5 from half way, Foxp3", _each(("TREG",), _gain(1.5, "Foxp3"))),
    Fault("gain x2 from half way, CD4 of T", _each(("T",), _gain(2.0, "CD4"))),
    Fault("gain x2 from half way, all of NK", _each(("NK",), _gain(2.0, None))),
)
