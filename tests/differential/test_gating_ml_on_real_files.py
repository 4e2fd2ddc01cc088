"""Gates on real files written as Gating-ML 2.0 and as a FlowJo workspace: FlowKit gates the events alike."""

import pytest
from real_data import Listed, needs_real
from test_engine_on_real_files import flowkit_channels, single_sets, strategy_for
from test_flowjo_export import written

from tregate.gating.engine import gate
from tregate.gating.prepare import matrix_of, prepare
from tregate.gating.read.survey import read
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.flowjo_workspace import workspace_members
from tregate.pipelines.interchange.flowkit_members import flowkit_members
from tregate.pipelines.interchange.gating_ml_document import gating_ml_document

pytestmark = needs_real


@pytest.mark.parametrize("file", single_sets(), ids=lambda file: file.name.rsplit("/", 1)[-1])
def test_the_document_holds_the_events_of_the_gates(file: Listed) -> None:
    theirs, names, events = flowkit_channels(file.path)
    sample = read(file.path)
    stated = sample.data_set.spillovers[0].channels if sample.data_set.spillovers else ()
    stained = [name for name in map(str, stated) if name in names]
    runs = [("none", names), *([("file", stained)] if len(stained) > 1 else [])]
    for compensation, channels in runs:
        strategy = strategy_for(theirs, channels, compensation, events, seed=len(names))
        prepared = prepare(sample, strategy)
        gated = gate(prepared, strategy)
        spillover = matrix_of(prepared)
        document = gating_ml_document(prepared, strategy, gated, spillover, file.path.name)
        assert dict(document.refused) == {}
        found = flowkit_members(document.text, sample, document.ids)
        text, workspace = written(prepared, strategy, gated, file.path.absolute())
        assert dict(workspace.refused) == {}
        there = workspace_members(text, sample, file.path.name, workspace.ids)
        for masks in (found, there):
            wrong = {n: int((gated.mask(PopulationName(n)) != mask).sum()) for n, mask in masks.items()}
            assert set(wrong) == set(strategy.populations)
            assert not any(wrong.values()), wrong
