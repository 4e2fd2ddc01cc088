"""Start-up: --help and a run of one tube against `import numpy`."""

import tempfile
from pathlib import Path

from benchmarks.measuring import ms, processes, ratio, table, walls
from tregate.fixtures.trial import make_trial

CLI = "from tregate.pipelines.commands.start import main; main()"


def measure(quick: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        trial, out = Path(folder) / "trial", Path(folder) / "out"
        make_trial(trial, subjects=1, events=(100_000, 100_000), visits=["D1"], withdrawn=0, formats=("float_little",))
        one = ("--only", "*_T.fcs", "--out", str(out), "--report", "none", "--quiet", "--workers", "1")
        done = processes(
            {
                "import numpy": ("-c", "import numpy"),
                "tregate --help": ("-c", CLI, "--help"),
                "tregate run, one tube": ("-c", CLI, "run", str(trial), *one),
                "import flowkit": ("-c", "import flowkit"),
            },
            3 if quick else 7,
        )
    times = walls(done)
    rows = [
        [name, ms(took), f"{ratio(times, name, 'import numpy'):.1f}", f"{max(p.peak_mb for p in done[name]):.0f}"]
        for name, took in times.items()
    ]
    return "## Start\n\n" + table(("command", "ms", "times `import numpy`", "peak MB"), rows)
