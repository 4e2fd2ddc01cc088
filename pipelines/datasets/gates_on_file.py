"""The gates of a tube for another program: on the file of the study, or on an FCS file that is written beside them.

A gate that the other program has no form for is refused there, and here a range on a channel of its own, so that no
gate is lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tregate.gating.event_table import event_table
from tregate.gating.events import Gated, PlacedGate, Prepared, Sample
from tregate.gating.own_channels import OwnChannel, own_channel, renamed, with_own_channels
from tregate.gating.units import Channel, PopulationName
from tregate.pipelines.datasets.event_files import unique
from tregate.pipelines.datasets.fcs_file import AboutFile, Column, plain, write_fcs_file
from tregate.pipelines.datasets.tubes_again import TubeAgain
from tregate.pipelines.interchange.flowkit_members import Masks, NotAppliedError
from tregate.pipelines.interchange.tree_writer import NOTE, OWN_PREFIX, Document

Write = Callable[[TubeAgain], tuple[str, Document]]
"""A tube as its file has it -> the text of its gates, and what has a form there."""
Members = Callable[[str, Document, Sample], Masks]
"""Who is where in a file by that text. Raises NotAppliedError."""


@dataclass(frozen=True, slots=True)
class OnFile:
    """The gates of a tube on a file."""

    text: str
    made: Document
    checked: Masks | NotAppliedError
    """Who is where in that file by FlowKit, or why it cannot say."""


def on_given_file(tube: TubeAgain, write: Write, members: Members) -> OnFile | None:
    """The gates on the file of the study; None where the tube has none."""
    if tube.prepared is None or tube.gated is None:
        return None
    text, made = write(tube)
    return OnFile(text, made, _checked(text, made, tube.prepared.sample, members))


def on_own_file(tube: TubeAgain, path: Path, version: str, write: Write, members: Members) -> OnFile | None:
    """Write the FCS file and the text of the gates on it; None where the tube has no gates.

    A gate that has no form, or that would hold another event on the file's 32-bit values, gets a channel of its own.
    Raises ConfigurationError as `write_fcs_file` does.
    """
    if tube.prepared is None or tube.gated is None:
        return None
    base, gated = _named_as_in_file(tube, tube.prepared), tube.gated
    own: dict[PopulationName, OwnChannel] = {}
    while True:
        seen = _with(base, own, path.name)
        text, made = write(seen)
        if _add(own, [gate for gate in gated.gates if gate.population in made.formless], base):
            continue
        found = _checked(text, made, _written(seen, path, version), members)
        if isinstance(found, NotAppliedError) or not _add(own, _moved(gated, found), base):
            return OnFile(text, replace(made, forms=_forms(made, own)), found)


def _checked(text: str, made: Document, sample: Sample, members: Members) -> Masks | NotAppliedError:
    try:
        return members(text, made, sample) if made.ids else {}
    except NotAppliedError as error:
        return error


def _named_as_in_file(tube: TubeAgain, prepared: Prepared) -> TubeAgain:
    """The tube with names of channels that every program takes, no two alike."""
    recorded = [str(one.name) for one in prepared.sample.parameters if not one.computed]
    names = unique(map(plain, recorded))
    spillover = tube.spillover
    if spillover is not None:
        mixed = tuple(Channel(names[recorded.index(str(one))]) for one in spillover.channels)
        spillover = replace(spillover, channels=mixed)
    return replace(tube, prepared=renamed(prepared, names), spillover=spillover)


def _with(base: TubeAgain, own: Mapping[PopulationName, OwnChannel], file: str) -> TubeAgain:
    """The tube with the channels of these gates, which are ranges on them."""
    assert base.prepared is not None
    assert base.gated is not None
    gates = tuple(_on_channel(gate, own.get(gate.population), file) for gate in base.gated.gates)
    prepared = with_own_channels(base.prepared, list(own.values()))
    return replace(base, prepared=prepared, gated=replace(base.gated, gates=gates))


def _on_channel(gate: PlacedGate, channel: OwnChannel | None, file: str) -> PlacedGate:
    if channel is None:
        return gate
    note = f'The channel "{channel.name}" is in {file}, which tregate wrote with these gates, and in no other file.'
    return replace(gate, shape=channel.shape, evidence={NOTE: note})


def _add(own: dict[PopulationName, OwnChannel], gates: Sequence[PlacedGate], base: TubeAgain) -> bool:
    """Give these gates channels; whether one had none before."""
    assert base.prepared is not None
    before = len(own)
    for gate in gates:
        if gate.population not in own:
            made = own_channel(gate, base.prepared, OWN_PREFIX)
            taken = [*(str(one.name) for one in base.prepared.sample.parameters), *(one.name for one in own.values())]
            own[gate.population] = replace(made, name=unique([*taken, made.name])[-1])
    return len(own) > before


def _moved(gated: Gated, found: Masks) -> list[PlacedGate]:
    """Gates of their own shape that place an event otherwise than the run, below parents that do not."""
    other = {name for name, mask in found.items() if not np.array_equal(mask, gated.mask(PopulationName(name)))}
    return [
        gate
        for gate in gated.gates
        if gate.shape is not None and gate.population in other and gated.parents[gate.population] not in other
    ]


def _forms(made: Document, own: Mapping[PopulationName, OwnChannel]) -> dict[str, str]:
    on = {str(name): f" on {channel.name}" for name, channel in own.items()}
    return {name: f"{form}{on.get(name, '')}" for name, form in made.forms.items()}


def _written(seen: TubeAgain, path: Path, version: str) -> Sample:
    """The file as it is read. Time keeps its unit: in seconds it would be rounded otherwise than in the original."""
    assert seen.prepared is not None
    recorded = [one for one in seen.prepared.sample.parameters if not one.computed]
    table = event_table(seen.prepared, compensated=False)[:, : len(recorded)]
    columns = [Column(str(one.name), plain(one.stain), one.top) for one in recorded]
    timed = [i for i, one in enumerate(recorded) if one.step != 1.0]
    step = 1.0
    if len(timed) == 1 and columns[timed[0]].name.lower() == "time":
        step = recorded[timed[0]].step
        table[:, timed[0]] /= step
        columns[timed[0]] = replace(columns[timed[0]], top=columns[timed[0]].top / step)
    about = AboutFile(seen.entry, seen.prepared.sample.data_set.instrument, version, step)
    return write_fcs_file(path, table.astype(np.float32), columns, seen.spillover, about)
