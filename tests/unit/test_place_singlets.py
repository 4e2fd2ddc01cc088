"""`singlets`: two cells at once have twice the area and one height, or a longer pulse."""

import numpy as np
import pytest
from placed_cells import GatedCells, gated_cells

SINGLE, DOUBLE = 10_000, 800
DOUBLET = np.arange(SINGLE + DOUBLE) >= SINGLE


def pulses(other: str, seed: int = 1) -> dict[str, np.ndarray]:
    """Small and large cells, then doublets of small ones, which are as large as large cells."""
    rng = np.random.default_rng(seed)
    area = np.concatenate(
        [
            rng.normal(150_000, 15_000, SINGLE // 2),
            rng.normal(300_000, 30_000, SINGLE // 2),
            rng.normal(300_000, 21_000, DOUBLE),
        ]
    )
    height = 0.8 * area * rng.normal(1, 0.03, area.size)
    height[DOUBLET] /= rng.normal(1.7, 0.1, DOUBLE)
    return {"FSC-A": area, other: height if other == "FSC-H" else 1e5 * 0.8 * area / height}


def cleaned(columns: dict[str, np.ndarray], second: str, more: str = "") -> GatedCells:
    return gated_cells(
        columns,
        f"  singlets: {{parent: all, axes: [FSC-A, {second}], gate: {{kind: singlets{more}}}, optional: true}}\n"
        "  cells: {parent: singlets, axes: [FSC-A], gate: {kind: range, low: 1}}",
    )


@pytest.mark.parametrize("second", ["FSC-H", "FSC-W"])
def test_doublets_are_out_and_large_cells_in(second: str) -> None:
    tube = cleaned(pulses(second), second)
    singlets = tube.mask("singlets")
    assert singlets[DOUBLET].mean() < 0.02
    assert singlets[~DOUBLET].mean() > 0.998
    assert singlets[SINGLE // 2 : SINGLE].mean() > 0.998
    assert tube.seen("singlets", "taken_out") == pytest.approx(DOUBLE / (SINGLE + DOUBLE), abs=0.005)
    assert tube.seen("singlets", "ridge_sd") == pytest.approx(0.03, abs=0.008)


def test_spread_widens_the_ridge() -> None:
    narrow, wide = (cleaned(pulses("FSC-H"), "FSC-H", f", spread: {spread}") for spread in (1, 4))
    assert 0.5 < narrow.mask("singlets")[~DOUBLET].mean() < 0.9
    assert wide.mask("singlets")[~DOUBLET].mean() > 0.998
    assert (narrow.mask("singlets") <= wide.mask("singlets")).all()


def test_without_the_second_signal_the_step_is_left_out_and_reported() -> None:
    tube = cleaned({"FSC-A": pulses("FSC-H")["FSC-A"]}, "FSC-H")
    assert tube.events("cells") == SINGLE + DOUBLE
    assert [finding.check for finding in tube.gated.findings] == ["step_skipped"]
    assert tube.gated.findings[0].message.startswith("The step singlets was skipped: the file has")


def test_a_signal_that_does_not_follow_the_area_leaves_the_step_out() -> None:
    columns = pulses("FSC-H")
    columns["FSC-H"] = (
        np.where(np.arange(SINGLE + DOUBLE) % 3 == 0, 0.8, np.random.default_rng(2).uniform(0.05, 0.4, SINGLE + DOUBLE))
        * columns["FSC-A"]
    )
    tube = cleaned(columns, "FSC-H")
    assert tube.gated.findings[0].message.startswith("The step singlets was skipped: more than half of the events")


def test_too_few_events_leave_the_step_out() -> None:
    few = {name: column[:199] for name, column in pulses("FSC-H").items()}
    assert "too few events (199" in cleaned(few, "FSC-H").gated.findings[0].message
