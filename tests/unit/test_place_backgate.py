"""`backgate`: where the cells that are bright in a marker lie on other axes."""

import numpy as np
import pytest
from placed_cells import GatedCells, cells, gated_cells, linear

FSC, FSC_SD = 400_000.0, 25_000.0


def scatter(intruders: int = 0, t_cells: int = 4000, cd3: float = 0.7, mass: float = 0.99) -> tuple[GatedCells, int]:
    """T cells, as many lymphocytes without CD3, far granulocytes, and intruders at the lymphocytes' edge."""
    sizes = (t_cells, t_cells // 2, 6000, intruders)
    means = (FSC, FSC, 650_000.0, FSC + 2.4 * FSC_SD)
    rng = np.random.default_rng(3)
    lymphocytes = t_cells + t_cells // 2
    columns = {
        "FSC-A": np.concatenate([rng.normal(m, FSC_SD, n) for n, m in zip(sizes, means, strict=True)]),
        "SSC-A": cells(1, (lymphocytes, 0.35, 0.02), (6000, 0.65, 0.03), (intruders, 0.35 + 1.0 * 0.02, 0.01)),
        "CD3": cells(2, (t_cells, cd3, 0.02), (sum(sizes[1:]), 0.25, 0.03)),
    }
    yaml = f"  lymphocytes: {{parent: all, axes: [FSC-A, SSC-A], gate: {{kind: backgate, bright: CD3, mass: {mass}}}}}"
    return gated_cells(columns, yaml), lymphocytes


@pytest.mark.parametrize("mass", [0.9, 0.99])
def test_lymphocytes_without_the_marker_are_taken_in_too(mass: float) -> None:
    tube, lymphocytes = scatter(mass=mass)
    inside = tube.mask("lymphocytes")
    assert inside[:lymphocytes].mean() == pytest.approx(mass, abs=0.015)
    assert inside[4000:lymphocytes].mean() == pytest.approx(mass, abs=0.02)
    assert inside[lymphocytes:].sum() == 0


def test_evidence_tells_where_and_by_which_cells() -> None:
    tube, _ = scatter()
    assert tube.seen("lymphocytes", "FSC-A_center") == pytest.approx(FSC, rel=0.02)
    assert tube.seen("lymphocytes", "SSC-A_center") == pytest.approx(linear(0.35), rel=0.05)
    assert tube.seen("lymphocytes", "bright_share") == pytest.approx(4000 / 12_000, abs=0.01)
    assert tube.seen("lymphocytes", "crowd") == pytest.approx(1, abs=0.05)
    assert tube.doubt("lymphocytes") == ""


def test_a_crowd_of_others_in_it_is_reported() -> None:
    tube, _ = scatter(intruders=2500)
    assert tube.seen("lymphocytes", "crowd") > 1.11
    assert tube.doubt("lymphocytes").endswith("more events than expected; other cells may be included")


def test_no_bright_cells_stand_apart() -> None:
    assert scatter(cd3=0.25)[0].why("lymphocytes") == "no separate bright population on CD3"


def test_too_few_bright_cells() -> None:
    why = scatter(t_cells=45)[0].why("lymphocytes")
    assert why in (
        "too few events are bright in CD3 (45, at least 50 required)",
        "no separate bright population on CD3",
    )


def test_without_the_marker_there_is_no_place() -> None:
    columns = {"FSC-A": np.full(500, FSC), "SSC-A": cells(1, (500, 0.35, 0.02))}
    yaml = "  lymphocytes: {parent: all, axes: [FSC-A, SSC-A], gate: {kind: backgate, bright: CD3}}"
    assert gated_cells(columns, yaml).why("lymphocytes").startswith("too few events, or no CD3")
