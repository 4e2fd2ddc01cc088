"""Records of gated tubes with chosen numbers, for what compares tubes with each other."""

from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.events import Binding, Compensation, DataSet, PlacedGate
from tregate.gating.findings import Finding
from tregate.gating.geometry.scales import LogicleScale
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.tube import TubeResult
from tregate.gating.units import CellsPerMicrolitre, Marker, Microlitre, PopulationName
from tregate.pipelines.tubes.records import TubeRecord


def record(
    subject: str,
    visit: str = "D1",
    tube: str = "T",
    low: float = 3000.0,
    percent: float = 60.0,
    beads: int | None = 2000,
    cd3: float | None = 1000.0,
    arrivals: tuple[int, ...] = (),
    findings: tuple[Finding, ...] = (),
    fallback: str = "",
) -> TubeRecord:
    """A tube with the populations CD3+ and CD4+, the latter cut at `low`."""
    gate = PlacedGate(
        PopulationName("CD4+"), PopulationName("CD3+"), "valley",
        Range(Axis(Marker("CD4"), LogicleScale(1048576.0)), low, None), {}, fallback,
    )  # fmt: skip
    counts = (
        _count("CD3+", "all", 40.0, beads, cd3),
        _count("CD4+", "CD3+", percent, beads, None if cd3 is None else cd3 * percent / 100),
    )
    data_set = DataSet(1, "FCS3.1", "synthetic", 10_000, (), "F", "little")
    result = TubeResult(
        data_set, "the only one", Binding({}), Compensation("$SPILLOVER"), counts, (gate,), findings,
        bead_arrivals=arrivals,
    )  # fmt: skip
    return TubeRecord(subject, visit, tube, f"{subject}_{visit}_{tube}.fcs", f"strategy {tube}", False, result)


def _count(name: str, parent: str, percent: float, beads: int | None, per_ul: float | None) -> PopulationCount:
    return PopulationCount(
        PopulationName(name), PopulationName(parent), round(100 * percent), 10_000,
        Estimate(percent, percent - 1, percent + 1),
        None if per_ul is None else Estimate(per_ul, 0.9 * per_ul, 1.1 * per_ul),
        beads, Microlitre(2.0), CellsPerMicrolitre(25.0),
    )  # fmt: skip
