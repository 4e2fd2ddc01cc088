"""Which channel carries a marker: stains as laboratories write them, on the left the file, on the right the answer."""

import re

import pytest
from spec_tables import rows_of

from tregate.gating.events import Parameter
from tregate.gating.panel import bind, recognise
from tregate.gating.strategy.load import load_panel
from tregate.gating.strategy.panel import Panel
from tregate.gating.units import Channel, Marker

TREG_NK = load_panel("treg_nk")


def file_of(table: str) -> tuple[Parameter, ...]:
    """Parameters of a file: `$PnN | $PnS`."""
    rows = enumerate(rows_of(table))
    return tuple(Parameter(i, Channel(row[0]), "".join(row[1:2]), 32, 1024.0) for i, row in rows)


def channel(table: str, marker: str, panel: Panel = TREG_NK) -> str:
    """`$PnN` of the channel that carries the marker, or the reason why none does."""
    parameters = file_of(table)
    binding = bind(parameters, panel, [marker])
    found = binding.channels.get(Marker(marker))
    return binding.missing[Marker(marker)] if found is None else str(parameters[found].name)


STAINS = """
CD4-RD1              | CD4
cd4 PE-Cy7           | CD4
BV785 - CD3          | CD3
FoxP3-AF647          | Foxp3
FOXP3 (259D)         | Foxp3
Fox-P3 PE            | Foxp3
CD4PE                | CD4
CD4RD1               | CD4
CD25PECY7            | CD25
PerCPCy55-CD4        | CD4
CD8 B PE             | CD8
CD8a V500            | CD8
CD 4                 | CD4
CD4:APC-H7           | CD4
CD4_BUV395           | CD4
anti-human CD127     | CD127
IL-7Ra BV421         | CD127
CD25 (IL-2R)         | CD25
CD3ε KrO             | CD3
NCAM PC5.5           | CD56
CD16+CD56            | CD56
CD45 KO              | CD45
CD45RA-FITC          | -
CD45RO ECD           | -
CD38 PE              | -
CD41 FITC            | -
CD161 PE             | -
CD127neg             | -
PE                   | -
"""


@pytest.mark.parametrize(("stain", "marker"), rows_of(STAINS), ids=[row[0] for row in rows_of(STAINS)])
def test_stain_names(stain: str, marker: str) -> None:
    """What one stain is to a strategy that asks for every marker of its panel."""
    parameters = file_of(f"FL1-A | {stain}")
    bound = [str(name) for name in bind(parameters, TREG_NK, TREG_NK.markers).channels]
    assert marker in bound if marker != "-" else bound == []


ALIKE = """
CD45   | CD45RA CD45RO CD45RB
CD3    | CD38 CD33 CD34 CD30
CD4    | CD45 CD40 CD44 CD49b CD41
CD8    | CD80 CD86 CD83
CD25   | CD257
CD16   | CD161 CD163 CD160
CD56   | CD5 CD57
CD127  | CD12 CD27
"""


@pytest.mark.parametrize(("marker", "others"), rows_of(ALIKE))
def test_a_marker_is_no_other_whose_name_begins_alike(marker: str, others: str) -> None:
    for other in others.split():
        for stain in (other, f"{other}-FITC", f"{other}FITC", f"BV785 - {other}", f"{other} PE-Cy7"):
            assert re.match("no channel is stained with", channel(f"FL1-A | {stain}", marker)), stain


def test_the_marker_may_stand_in_the_name_of_the_detector_only() -> None:
    assert channel("FSC-A | \nCD3 FITC-A | \nCD4 PE-A |", "CD4") == "CD4 PE-A"


def test_stains_go_before_names_of_detectors() -> None:
    """A detector that is called after another tube's stain is not asked where a stain answers."""
    assert channel("CD4 FITC-A | CD3 FITC\nFL2-A | CD4 PE", "CD4") == "FL2-A"


def test_none_is_told_with_what_the_file_has() -> None:
    told = channel("FL1-A | CD3 FITC\nFL2-A |", "CD25")
    assert told == "no channel is stained with CD25"


def test_two_are_told_with_the_way_out() -> None:
    told = channel("FL1-A | CD4 FITC\nFL7-A | CD4 APC", "CD4")
    assert told == (
        "2 channels are stained with CD4 (FL1-A (CD4 FITC), FL7-A (CD4 APC)); write `CD4: {channel: ...}` in the panel"
    )


def test_of_two_aliases_the_one_that_stands_first_in_the_panel_is_taken() -> None:
    """Chains of one molecule on two channels: the panel lists CD8a before CD8b."""
    assert channel("APC-A | APC - CD8b\nBV650-A | BV650 - CD8a", "CD8") == "BV650-A"
    assert channel("APC-A | APC - CD8b\nBV650-A | BV650 - CD8a\nPE-A | CD8 PE", "CD8") == "PE-A"
    told = channel("APC-A | CD8a APC\nBV650-A | BV650 - CD8a", "CD8")
    assert told.startswith("2 channels are stained with CD8 (APC-A (CD8a APC), BV650-A (BV650 - CD8a)")


def test_the_panel_may_name_the_channel() -> None:
    panel = Panel.model_validate({"markers": {"CD4": {"channel": "FL7-A"}}})
    table = "FL1-A | CD4 FITC\nFL7-A | CD4 APC"
    assert channel(table, "CD4", panel) == "FL7-A"
    told = channel("FL1-A | CD4 FITC", "CD4", panel)
    assert told == 'the panel assigns channel "FL7-A", which the file does not have'


@pytest.mark.parametrize(
    ("table", "taken"),
    [
        ("FL2-H | CD4 PE\nFL2-A | CD4 PE\nFL2-W | CD4 PE", "FL2-A"),
        ("FL2-W | CD4 PE\nFL2-H | CD4 PE", "FL2-H"),
        ("FL2 INT LOG | CD4 RD1\nFL2 PEAK LOG | CD4 RD1\nFL2 TOF LIN | CD4 RD1", "FL2 INT LOG"),
        ("FL2 LOG | CD4 RD1\nFL2 LIN | CD4 RD1", "FL2 LOG"),
    ],
)
def test_of_one_detector_s_signals_the_area_is_taken(table: str, taken: str) -> None:
    assert channel(table, "CD4") == taken


SCATTER = """
FSC-A       | FSC-A
FSC-H       | FSC-H
FS INT LIN  | FSC-A
FS PEAK LIN | FSC-H
FS TOF LIN  | FSC-W
SS          | SSC-A
SSC-Area    | SSC-A
Side Scatter| -
HDR-T       | Time
Time        | Time
"""


@pytest.mark.parametrize(("name", "signal"), rows_of(SCATTER), ids=[row[0] for row in rows_of(SCATTER)])
def test_scatter_and_time_need_no_panel(name: str, signal: str) -> None:
    known = recognise("", name)
    assert known == (None if signal == "-" else signal)


def test_one_scatter_signal_called_height_is_the_scatter_there_is() -> None:
    """A FACSCalibur has FSC-H and no FSC-A: gates on FSC-A use it, singlets by height cannot be made."""
    parameters = file_of("FSC-H | \nSSC-H |")
    binding = bind(parameters, TREG_NK, ["FSC-A", "FSC-H", "SSC-A"])
    assert binding.channels == {"FSC-A": 0, "SSC-A": 1}
    assert binding.missing == {"FSC-H": "the file has only one FSC signal (FSC-H)"}


def test_inspect_recognises_markers_in_general_use() -> None:
    told = {stain: recognise(stain, "FL1-A") for stain in ("CD4-RD1", "CD45RA FITC", "HLA-DR", "L/D aqua", "FITC-A")}
    assert told == {
        "CD4-RD1": "CD4",
        "CD45RA FITC": "CD45RA",
        "HLA-DR": "HLA-DR",
        "L/D aqua": "Viability",
        "FITC-A": None,
    }
