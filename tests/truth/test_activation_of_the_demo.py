"""`tregate demo --activation`: fold changes of CD25 and Foxp3 on Treg lie in the intervals of truth.csv."""

from pathlib import Path

import pytest
from cli_running import rows, tregate

MEASURES = [(marker, kind) for marker in ("cd25", "foxp3") for kind in ("median", "standardised")]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("activation")
    done = tregate("demo", folder, "--activation", "--quiet")
    assert done.code == 0, done.err
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("marker", "kind"), MEASURES)
def test_folds_on_the_demos_treg_lie_in_the_intervals_of_its_truth(demo: Path, marker: str, kind: str) -> None:
    truth = {(r["subject"], r["visit"]): r for r in rows(demo / "trial" / "truth.csv") if r["population"] == "Treg"}
    measured = {(r["subject"], r["visit"]): r for r in rows(demo / "tables" / "activation.csv") if r["visit"] != "D1"}
    name = f"fold_treg_{marker}_{kind}"
    found = {key: row for key, row in measured.items() if row[name]}
    assert len(found) == 8 * 5, "eight subjects at five visits after the baseline"
    ends = [(float(truth[key][f"{marker}_fold_low"]), float(truth[key][f"{marker}_fold_high"])) for key in found]
    inside = [low <= float(row[name]) <= high for row, (low, high) in zip(found.values(), ends, strict=True)]
    assert sum(inside) >= 0.95 * len(inside)
    first = [float(row[name]) for (_, visit), row in found.items() if visit == "D8"]
    assert min(first) > 1.25, "the peak of activation is seen in every subject"
    if kind == "standardised":
        held = [float(r[f"{name}_low"]) <= float(truth[k][f"{marker}_fold"]) <= float(r[f"{name}_high"])
                for k, r in found.items()]  # fmt: skip
        assert sum(held) >= 0.85 * len(held), "staining cancels within a tube"
