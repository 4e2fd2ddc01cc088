"""Small FlowJo workspaces, and what `tregate import` makes of them."""

from pathlib import Path

from gates_imported import NAMESPACES, imported_gates, write_line

LOW = 'gating:min="10" gating:max="40"'


def dimension(name: str, limits: str = "") -> str:
    return f'<gating:dimension {limits}><data-type:fcs-dimension data-type:name="{name}"/></gating:dimension>'


def box(name: str, count: int, limits: str, sub: str = "", attributes: str = "", channel: str = "A") -> str:
    gate = f"<Gate><gating:RectangleGate {attributes}>{dimension(channel, limits)}</gating:RectangleGate></Gate>"
    return f'<Population name="{name}" count="{count}">{gate}<Subpopulations>{sub}</Subpopulations></Population>'


def workspace(populations: str, total: int = 100, version: str = "10.8.1", scales: str = "") -> str:
    return (
        f'<Workspace flowJoVersion="{version}" {NAMESPACES}><SampleList><Sample>'
        f'<DataSet uri="file:/C:/somewhere/line.fcs" sampleID="1"/><Keywords><Keyword name="$TOT" value="{total}"/>'
        f'</Keywords><Transformations>{scales}</Transformations><SampleNode name="line.fcs" sampleID="1" '
        f'count="{total}"><Subpopulations>{populations}</Subpopulations></SampleNode></Sample></SampleList></Workspace>'
    )


def imported(tmp_path: Path, text: str) -> tuple[int, str, dict[str, dict[str, str]]]:
    """Exit code, words, and the rows of agreement.csv by population, of 100 events with A = 0, 1 ... 99."""
    write_line(tmp_path / "fcs")
    return imported_gates(tmp_path / "gates.wsp", text)
