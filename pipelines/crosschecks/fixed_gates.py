"""Fixed gates through which the cells of a tube have moved: the cause is upstream of where the outlier is seen."""

from collections.abc import Iterator

from tregate.gating.events import PlacedGate
from tregate.gating.geometry.shapes import axes_of
from tregate.pipelines.crosschecks.batch import Entry, Series
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.tabulate.flags import lineage
from tregate.pipelines.tubes.gate_positions import shape_positions

CENTRE = " centre"


def fixed_gates_passed(series: Series, entry: Entry) -> Iterator[PlacedGate]:
    """Fixed gates above the population on the marker of its centre, to whose edge the tube's cells lie nearer.

    series: one centre over the batch; edges and percentages give none. A gate that a person placed is omitted.
    """
    marker = series.label.removesuffix(CENTRE)
    if entry.record.result is None or marker == series.label:
        return
    above = lineage(entry.record, series.population) - {series.population}
    usual = median(series.values)
    for gate in entry.record.result.gates:
        if gate.population not in above or gate.method != "fixed" or gate.placed_by or gate.shape is None:
            continue
        if all(axis.marker != marker for axis in axes_of(gate.shape)):
            continue
        edges = [one.scaled for one in shape_positions(gate.shape) if one.label.startswith(f"{marker} ")]
        if any(abs(entry.value - edge) < abs(usual - edge) for edge in edges):
            yield gate
