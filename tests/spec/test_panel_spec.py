"""Which channel carries a marker: stains as laboratories write them, on the left the file, on the right the answer."""

import re

import pytest
from spec_tables import rows_of

from tregate.gating.events import Parameter
from tregate.gating.panel import bind, markers_in, recognise
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


@pytest.mark.parametrize(
    "stain", ["CD45-RA", "CD45 RA", "CD45 RO KrO", "CD45-RO", "CD45 (RA)", "CD45_RB FITC", "CD45 R"]
)
def test_letters_behind_a_cd_number_make_another_marker(stain: str) -> None:
    assert re.match("no channel is stained with", channel(f"FL1-A | {stain}", "CD45")), stain


@pytest.mark.parametrize("stain", ["CD45RA", "CD45-RA", "CD45 RA", "KrO CD45-RA"])
def test_an_isoform_is_itself_however_it_is_written(stain: str) -> None:
    assert (
        channel(f"FL1-A | {stain}\nFL2-A | CD45", "CD45RA", Panel.model_validate({"markers": {"CD45RA": []}}))
        == "FL1-A"
    )
    assert channel(f"FL1-A | {stain}\nFL2-A | CD45 KrO", "CD45") == "FL2-A"


def test_the_area_of_a_channel_called_by_its_marker_is_no_other_marker() -> None:
    assert channel("CD4-A |\nCD4-H |", "CD4") == "CD4-A"


@pytest.mark.parametrize(
    ("stain", "markers"),
    [
        ("CD16/56", {"CD16", "CD56"}),
        ("CD16+CD56 PE", {"CD16", "CD56"}),
        ("CD16CD56", {"CD16", "CD56"}),
        ("CD3/16+56", {"CD3", "CD16", "CD56"}),
        ("CD14, CD19", {"CD14", "CD19"}),
        ("CD4 PE-Cy7", {"CD4"}),
        ("CD8/AF488", {"CD8"}),
        ("CD3 488/10", {"CD3"}),
        ("CD8 (CD8a)", {"CD8"}),
        ("CD45RA", {"CD45RA"}),
    ],
)
def test_markers_of_one_stain(stain: str, markers: set[str]) -> None:
    assert set(markers_in(stain)) == markers


def test_two_markers_of_one_channel_are_said_to_share_it() -> None:
    binding = bind(file_of("FL1-A | CD16/56\nFL2-A | CD3"), TREG_NK, ["CD56", "CD3"])
    assert binding.shared == {"CD56": ("CD16",)}


def test_the_marker_may_stand_in_the_name_of_the_detector_only() -> None:
    assert channel("FSC-A | \nCD3 FITC-A | \nCD4 PE-A |", "CD4") == "CD4 PE-A"


def test_stains_go_before_names_of_detectors() -> None:
    """A detector that is called after another tube's stain is not asked where a stain answers."""
    assert channel("CD4 FITC-A | CD3 FITC\nFL2-A | CD4 PE", "CD4") == "FL2-A"


def test_none_is_reported_with_what_the_file_has() -> None:
    reported = channel("FL1-A | CD3 FITC\nFL2-A |", "CD25")
    assert reported == "no channel is stained with CD25"


def test_two_are_reported_with_the_way_out() -> None:
    reported = channel("FL1-A | CD4 FITC\nFL7-A | CD4 APC", "CD4")
    assert reported == (
        "2 channels are stained with CD4 (FL1-A (CD4 FITC), FL7-A (CD4 APC)); write `CD4: {channel: ...}` in the panel"
    )


def test_of_two_aliases_the_one_that_stands_first_in_the_panel_is_taken() -> None:
    """Chains of one molecule on two channels: the panel lists CD8a before CD8b."""
    assert channel("APC-A | APC - CD8b\nBV650-A | BV650 - CD8a", "CD8") == "BV650-A"
    assert channel("APC-A | APC - CD8b\nBV650-A | BV650 - CD8a\nPE-A | CD8 PE", "CD8") == "PE-A"
    reported = channel("APC-A | CD8a APC\nBV650-A | BV650 - CD8a", "CD8")
    assert reported.startswith("2 channels are stained with CD8 (APC-A (CD8a APC), BV650-A (BV650 - CD8a)")


def test_the_panel_may_name_the_channel() -> None:
    panel = Panel.model_validate({"markers": {"CD4": {"channel": "FL7-A"}}})
    table = "FL1-A | CD4 FITC\nFL7-A | CD4 APC"
    assert channel(table, "CD4", panel) == "FL7-A"
    reported = channel("FL1-A | CD4 FITC", "CD4", panel)
    assert reported == 'the panel assigns channel "FL7-A", which the file does not have'


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


def test_of_a_channel_and_its_compensated_copy_the_first_is_taken() -> None:
    assert channel("Comp-FL1-A | CD4 PE\nFL1-A | CD4 PE", "CD4") == "FL1-A"


SCATTER = """
FSC-A       | FSC-A
FSC-H       | FSC-H
FS INT LIN  | FSC-A
FS PEAK LIN | FSC-H
FS TOF LIN  | FSC-W
SS          | SSC-A
SSC-Area    | SSC-A
Side Scatter| SSC-A
BSC-A       | SSC-A
BSC-H       | SSC-H
FSC 488/10-A| FSC-A
SSC 488/10-H| SSC-H
SSC-B-A     | SSC-A
VSSC-A      | SSC-A
FS Height   | FSC-H
FSC LogA    | FSC-A
FSC LinH    | FSC-H
FSC-PMT-A   | FSC-A
FITC-A      | -
FSC/SSC     | -
HDR-T       | Time
Time        | Time
"""


@pytest.mark.parametrize(("name", "signal"), rows_of(SCATTER), ids=[row[0] for row in rows_of(SCATTER)])
def test_scatter_and_time_need_no_panel(name: str, signal: str) -> None:
    known = recognise("", name)
    assert known == (None if signal == "-" else signal)


@pytest.mark.parametrize(
    ("table", "marker", "taken"),
    [
        ("FSC-A | \nBSC-A | \nBSC-H |", "SSC-A", "BSC-A"),
        ("FSC-A | \nSSC-B-A | \nSSC-A |", "SSC-A", "SSC-A"),
        ("SSC-V-A | \nSSC-B-A |", "SSC-A", "SSC-B-A"),
        ("FSC 405/10-A | \nFSC 488/10-A | \nFSC 488/10-H |", "FSC-A", "FSC 488/10-A"),
        ("FS Height | \nFS Area | \nFS Log |", "FSC-A", "FS Area"),
        ("FSC LogA | \nFSC LinA |", "FSC-A", "FSC LinA"),
        ("Time MSW | \nTime LSW |", "Time", "Time MSW"),
    ],
)
def test_scatter_and_time_by_other_makers_names(table: str, marker: str, taken: str) -> None:
    assert channel(table, marker) == taken


@pytest.mark.parametrize("entry", [{"channel": "ODD-1"}, {"channel": "odd.1"}, ["ODD-1"]])
@pytest.mark.parametrize(
    ("name", "marker"), [("SSC-A", "SSC-A"), ("SSC", "SSC-A"), ("Time", "Time"), ("FSC-H", "FSC-H")]
)
def test_a_panel_may_name_scatter_and_time(entry: object, name: str, marker: str) -> None:
    panel = Panel.model_validate({"markers": {name: entry}})
    table = "FSC-A | \nFSC-H | \nSSC-A | \nTime | \nODD-1 |"
    assert channel(table, marker, panel) == "ODD-1"
    if isinstance(entry, dict):
        assert channel("SSC-A |\nTime |\nFSC-H |", marker, panel).startswith("the panel assigns channel")


def test_one_scatter_signal_called_height_is_the_scatter_there_is() -> None:
    """A FACSCalibur has FSC-H and no FSC-A: gates on FSC-A use it, singlets by height cannot be made."""
    parameters = file_of("FSC-H | \nSSC-H |")
    binding = bind(parameters, TREG_NK, ["FSC-A", "FSC-H", "SSC-A"])
    assert binding.channels == {"FSC-A": 0, "SSC-A": 1}
    assert binding.missing == {"FSC-H": "the file has only one FSC signal (FSC-H)"}


def test_inspect_recognises_markers_in_general_use() -> None:
    reported = {
        stain: recognise(stain, "FL1-A") for stain in ("CD4-RD1", "CD45RA FITC", "HLA-DR", "L/D aqua", "FITC-A")
    }
    assert reported == {
        "CD4-RD1": "CD4",
        "CD45RA FITC": "CD45RA",
        "HLA-DR": "HLA-DR",
        "L/D aqua": "Viability",
        "FITC-A": None,
    }
