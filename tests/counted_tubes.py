"""Tubes whose events are laid out by hand, so that every count, flag and finding are known in advance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.count.estimates import CountingInput, Estimate, PopulationCount
from tregate.gating.count.flags import band
from tregate.gating.count.intervals import percent
from tregate.gating.events import Binding, Compensation, DataSet, Gated, Parameter, PlacedGate, Prepared, Sample
from tregate.gating.findings import Finding
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.tube import TubeResult
from tregate.gating.units import Channel, Marker, PopulationName
from tregate.pipelines.tubes.records import TubeRecord

FLOW_COUNT = CountingInput("FC-1", 100.0, 1000.0, 100.0)
"""1000 beads/µL, 100 µL on 100 µL of blood, nothing declared."""

TOP = 1048576.0


def strategy(yaml: str) -> Strategy:
    return strategy_from(parse_yaml(yaml, "strategy.yaml"), Path())


def gated(
    strategy: Strategy,
    members: Mapping[str, npt.NDArray[np.bool_]],
    gates: Sequence[PlacedGate] = (),
    unmeasured: Mapping[str, str] | None = None,
) -> Gated:
    """A gated tube from its populations' masks."""
    n = len(next(iter(members.values())))
    return Gated(
        n_events=n,
        order=tuple(PopulationName(name) for name in strategy.populations),
        parents={PopulationName(n): PopulationName(strategy.parents[n]) for n in strategy.populations},
        gates=tuple(gates),
        unmeasured={PopulationName(k): v for k, v in (unmeasured or {}).items()},
        members={PopulationName(name): np.packbits(mask) for name, mask in members.items()},
        events={PopulationName(name): int(mask.sum()) for name, mask in members.items()},
    )


@dataclass(frozen=True)
class Columns:
    """Stored events from arrays in memory."""

    values: npt.NDArray[np.float64]

    def column(self, index: int, start: int, stop: int) -> npt.NDArray[np.generic]:
        return self.values[start:stop, index]

    def rows(self, start: int, stop: int) -> npt.NDArray[np.generic]:
        return self.values[start:stop]

    def masks(self) -> Mapping[int, int]:
        return {}

    def passed(self, start: int, stop: int) -> None:
        """Memory is never given back."""


def prepared(columns: Mapping[str, npt.NDArray[np.float64]], missing: Mapping[str, str] | None = None) -> Prepared:
    """A tube whose channels are named by their markers."""
    values = np.column_stack(list(columns.values()))
    parameters = tuple(Parameter(i, Channel(m), m, 32, TOP) for i, m in enumerate(columns))
    data_set = DataSet(1, "FCS3.1", "test", len(values), parameters, "F", "1,2,3,4")
    return Prepared(
        Sample(Path("tube.fcs"), data_set, Columns(values)),
        Binding(
            {Marker(marker): i for i, marker in enumerate(columns)},
            {Marker(marker): why for marker, why in (missing or {}).items()},
        ),
        Compensation("none"),
        {},
        {},
    )


# ---------------------------------------------------------------- tubes of a study, from their counts alone

T_PARENTS = {
    "lymphocytes": "all", "CD3+": "lymphocytes", "CD4+": "CD3+", "CD8+": "CD3+",
    "CD25hi CD127lo": "CD4+", "Treg": "CD25hi CD127lo",
    "CD3-": "lymphocytes", "B": "CD3-", "NK": "CD3-", "NK bright": "NK", "NK dim": "NK",
}  # fmt: skip

TETRA_T = {"lymphocytes": 15000, "CD3+": 12000, "CD4+": 8000, "CD8+": 4000}
TETRA_NK = {
    "lymphocytes": 15000, "CD3+": 12000, "CD3-": 3000, "B": 1500, "NK": 1500, "NK bright": 120, "NK dim": 1380,
}  # fmt: skip
TREG = {"lymphocytes": 30000, "CD3+": 24000, "CD4+": 16000, "CD25hi CD127lo": 1200, "Treg": 960}


def counts(
    events: Mapping[str, int | None], beads: int | None = 10_000, *, washed: bool = False
) -> tuple[PopulationCount, ...]:
    """Counts of a tube in which one bead stands for 0.001 µL: cells/µL = cells / beads x 1000."""
    rows = []
    for name, seen in events.items():
        parent = T_PARENTS[name]
        of = events.get(parent, 100_000)
        cells = None
        if seen is not None and beads and not washed:
            value = 1000.0 * seen / beads
            cells = Estimate(value, 0.9 * value, 1.1 * value) if seen else Estimate(0.0, 0.0, 3.7 / beads * 1000)
        flags = ("unmeasured",) if seen is None else (*band(seen), *(("washed",) if washed else ()))
        if not washed and not beads and seen is not None:
            flags = (*flags, "no_beads")
        share = percent(seen, of) if seen is not None and of else None
        rows.append(
            PopulationCount(
                PopulationName(name),
                PopulationName(parent),
                seen,
                of,
                share,
                cells,
                None if washed else beads,
                None,
                None,
                flags,
            )
        )
    return tuple(rows)


def result(
    made: tuple[PopulationCount, ...], gates: Sequence[PlacedGate] = (), findings: Sequence[Finding] = ()
) -> TubeResult:
    data_set = DataSet(1, "FCS3.1", "test", 100_000, (), "F", "1,2,3,4")
    return TubeResult(data_set, "the only one", Binding({}), Compensation("none"), made, tuple(gates), tuple(findings))


DECLARED = CountingInput("FC-1", 100.0, 1000.0, 100.0, preparation_cv_percent=2.6)


def record(
    subject: str,
    visit: str,
    tube: str,
    events: Mapping[str, int | None] | None,
    *,
    beads: int | None = 10_000,
    gates: Sequence[PlacedGate] = (),
    findings: Sequence[Finding] = (),
    load: CountingInput | None = DECLARED,
    failed: str = "",
    excluded: str = "",
    bead_lot: str = "FC-1",
    expires: date | None = None,
    acquired: date | None = None,
) -> TubeRecord:
    """A tube of the seed trial: T, NK (with beads) or TREG (washed); `events` None where it has no result."""
    washed = tube == "TREG"
    names = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg", "X": "treg_nk"}
    made = None if events is None else result(counts(events, beads, washed=washed), gates, findings)
    return TubeRecord(
        subject,
        visit,
        tube,
        f"{subject}_{visit}_{tube}.fcs",
        names[tube],
        washed,
        made,
        failed or ("read" if events is None and not excluded else ""),
        excluded,
        None if washed else load,
        "" if washed else bead_lot,
        expires,
        acquired,
    )
