"""`tregate power` of a finished run."""

from pathlib import Path

from cli_running import tregate


def test_only_endpoints_of_a_run_are_planned_for(tables: Path) -> None:
    done = tregate("power", tables, "--n", "8")
    assert done.code == 0, done.err
    measures = [line.partition(" (")[0] for line in done.out.splitlines() if line.endswith("(run)")]
    assert {"treg_percent_of_cd4", "nk_bright_per_ul", "lymphocytes_per_ul"} <= set(measures)
    assert not [name for name in measures if name.startswith("fold_") or name == "lymphosum_percent"]
