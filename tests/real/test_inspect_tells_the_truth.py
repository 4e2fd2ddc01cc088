"""What the survey of HEADER and TEXT says of every real file that FlowIO reads, held against FlowIO."""

import json
from collections.abc import Mapping

import flowio
import pytest
from cli_running import tregate
from real_data import Listed, inventory, needs_real

from tregate.gating.events import DataSet
from tregate.gating.panel import recognise
from tregate.gating.read.survey import survey
from tregate.gating.units import is_physical

pytestmark = needs_real


KEYWORDS_ONLY = {"ignore_offset_error": True, "ignore_offset_discrepancy": True}
"""Where DATA lies is the reader's test; here FlowIO is asked for keywords."""


def by_flowio(file: Listed) -> list[flowio.FlowData]:
    """Every data set of the file, by FlowIO; skips where FlowIO refuses it as it is."""
    try:
        with file.path.open("rb") as stream:
            if file.data_sets != "1":
                return list(flowio.read_multiple_data_sets(stream))
            return [flowio.FlowData(stream, only_text=True, **KEYWORDS_ONLY)]
    except Exception as error:  # FlowIO raises whatever it stumbles over: KeyError, ValueError, its own
        pytest.skip(f"FlowIO does not read it: {type(error).__name__}")


def named(file: Listed) -> str:
    return file.name.rsplit("/", 1)[-1]


@pytest.mark.parametrize("file", inventory("fcs", "lmd"), ids=named)
def test_survey_agrees_with_flowio(file: Listed) -> None:
    theirs = by_flowio(file)
    ours = survey(file.path)
    assert len(ours.data_sets) == len(theirs)
    assert ours.decision
    for data_set, flow in zip(ours.data_sets, theirs, strict=True):
        assert data_set.n_events == flow.event_count
        assert data_set.version.removeprefix("FCS") == flow.version
        assert data_set.instrument == flow.text.get("cyt", "").strip()
        assert data_set.datatype == flow.data_type
        _same_channels(data_set, flow.text)


def _same_channels(data_set: DataSet, text: Mapping[str, str]) -> None:
    """Names, stains, ranges and amplification of every channel. LMD data set 2 borrows its stains."""
    assert len(data_set.parameters) == int(text["par"])
    borrowed = any(repair.name == "stains-from-data-set-1" for repair in data_set.repairs)
    for number, parameter in enumerate(data_set.parameters, start=1):
        assert parameter.name == text.get(f"p{number}n", parameter.name).strip()  # FlowIO loses one of B08's
        if not borrowed:
            assert parameter.stain == text.get(f"p{number}s", "").strip()
        assert parameter.range == float(text[f"p{number}r"])


RECOGNISED = {
    "Miltenyi Biotec - MACSQuant Analyzer.fcs": "CD45 CD8 CD3 Viability CD4",
    "Donor1.fcs": "Viability CD161 CD8 CD27 CD3 CD8 CD45RO CD4 TCRgd CD45RA CD28 CCR7",
    "100715.fcs": "Ki67 CD3 CD28 CD45RO CD8 CD4 CD57 CD14 CD19 CD27 CCR7 CD127",
    "118795.fcs": "CD4 Viability CD8 CD3",
    "itn_02.fcs": "CD8 CD69 CD4 CD3 HLA-DR",
    "data1.fcs": "CD4 CD8 CD3 CD8",
    "68983.fcs": "CD8 Viability TCRgd CD45 TCRb NK1.1 CD4 CD19 CD3",
    "System II listmode with extra info in bits D10-D15.LMD": "CD45 CD33",
    "s10a01.FCS": "CD15 CD45 CD14 CD33",
    "Activation_1.fcs": "Viability",
    "beads1.fcs": "",
}
"""Markers that a person reads off the stains, in the order of the channels, of those that are in general use."""


@pytest.mark.parametrize("name", RECOGNISED)
def test_markers_are_recognised(name: str) -> None:
    (file,) = [file for file in inventory("fcs", "lmd") if named(file) == name]
    (data_set,) = survey(file.path).data_sets
    known = [recognise(parameter.stain, parameter.name) for parameter in data_set.parameters]
    stains = [marker for marker in known if marker is not None and not is_physical(marker)]
    assert " ".join(stains) == RECOGNISED[name]


@pytest.fixture(scope="module")
def inspected() -> dict[str, list[dict[str, object]]]:
    """File -> its data sets as `tregate inspect --json` reports them, of every file that is to be read."""
    files = [file for file in inventory("fcs", "lmd") if file.expect.startswith("reads")]
    done = tregate("inspect", "--json", *(file.path for file in files))
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    return {file.name: entry["data_sets"] for file, entry in zip(files, answer, strict=True)}


def test_inspect_says_what_the_inventory_says(inspected: dict[str, list[dict[str, object]]]) -> None:
    """Version, events and channel names of every data set of all files that can be read."""
    wrong = []
    for file in inventory("fcs", "lmd"):
        if file.name in inspected:
            sets = inspected[file.name]
            events = " | ".join(str(data_set["events"]) for data_set in sets)
            names = " | ".join(";".join(c["channel"] for c in data_set["channels"]) for data_set in sets)  # type: ignore[attr-defined]
            if (events, names) != (file.row["events"], file.row["names_PnN"]):
                wrong.append(file.name)
    assert len(inspected) == 81
    assert wrong == []


def test_inspect_keeps_personal_keywords_to_itself(inspected: dict[str, list[dict[str, object]]]) -> None:
    """Names of operators and the like stand in many files. On failure only the file is named, not the value."""
    leaked = []
    for file in inventory("fcs", "lmd"):
        if file.name not in inspected or file.data_sets != "1":
            continue
        try:
            with file.path.open("rb") as stream:
                text = flowio.FlowData(stream, only_text=True, **KEYWORDS_ONLY).text
        except Exception:  # what FlowIO does not read cannot be asked by it
            continue
        reported = json.dumps(inspected[file.name], ensure_ascii=False)
        private = [text.get(key, "").strip() for key in ("op", "smno", "patient id", "$op", "exp", "inst")]
        if any(len(value) > 4 and value in reported for value in private):
            leaked.append(file.name)
    assert leaked == []
