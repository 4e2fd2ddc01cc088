"""Height and width of scatter exchanged, as in files that FACSDiva writes when it exports an experiment.

Known from the public converter CytoML (its issue 10, and the default of its `swap_cols`): such files have the values of
SSC-W under the name SSC-H and the reverse, and those of FSC alike; files of "Export FCS" do not. Nothing in a file says
so, only the stored counts do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tregate.pipelines.interchange.agreement import Line
from tregate.pipelines.interchange.drawn import DrawnGate, DrawnSample, DrawnShape

PAIRS = {"FSC-H": "FSC-W", "FSC-W": "FSC-H", "SSC-H": "SSC-W", "SSC-W": "SSC-H"}


def exchanged(sample: DrawnSample) -> DrawnSample | None:
    """The sample with its gates on the other of each pair; None where no gate is on one."""
    gates = tuple(_gate(gate) for gate in sample.gates)
    return None if gates == sample.gates else replace(sample, gates=gates)


def _gate(gate: DrawnGate) -> DrawnGate:
    if not isinstance(gate.what, DrawnShape):
        return gate
    axes = tuple(replace(axis, channel=PAIRS.get(axis.channel, axis.channel)) for axis in gate.what.axes)
    return replace(gate, what=replace(gate.what, axes=axes))


def disagreeing(gates: Sequence[DrawnGate], counts: Mapping[str, int]) -> int:
    """How many stored counts are not reproduced."""
    return sum(Line("", "", gate, counts.get(gate.path), "").agrees is False for gate in gates)
