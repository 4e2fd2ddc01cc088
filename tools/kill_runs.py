"""Kill runs at random moments and look at what they leave: python tools/kill_runs.py [--kills N] [--seed S].

Three kinds in turn: the run itself, one of its workers, and the run while files change places. After each kill the
folder must hold the old study's tables, the new one's, or none, never a mixture; the run is then started again and
must give the bytes of an undisturbed one and gate no tube anew that was finished. Prints one line per ten kills. The
program must stay as it is meanwhile: with another one the tables of the first runs are no longer those to expect.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tregate.fixtures.trial import make_trial

CLI = (sys.executable, "-m", "tregate.pipelines.commands.cli", "run")
OPTIONS = ("--report", "none", "--quiet", "--workers", "2")
IN_PLACES = """
import os, sys, random
seen, at = [0], int(sys.argv.pop(1))
def audited(event, arguments):
    if event in ("os.rename", "os.symlink", "os.link") and ".set" in str(arguments):
        seen[0] += 1
        if seen[0] == at:
            os.kill(os.getpid(), 9)
sys.addaudithook(audited)
from tregate.pipelines.commands.start import main
main()
"""
"""A run that kills itself at one of the calls that change names."""


def tables(out: Path) -> dict[str, str]:
    """Name -> SHA-256 of the files of a run."""
    skipped = ("run.json", "run.log", "run-unfinished.log", ".lock")
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (out.iterdir() if out.is_dir() else ())
        if path.is_file() and path.name not in skipped
    }


def children(process: int) -> list[int]:
    """Every process below one, from /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == process:
                found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


def finished(out: Path) -> int:
    return len(list(out.glob(".tubes/*/*.measured.json")))


def reused(out: Path) -> int:
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return sum(tube["reused"] for tube in record["inputs"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    wrong: list[str] = []
    counts = {"run": 0, "worker": 0, "replacing": 0, "ended before": 0, "old": 0, "new": 0, "none": 0}
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        root = Path(folder)
        make_trial(root / "old", seed=1, subjects=2, visits=("D1", "D8"), events=(5_000, 5_000), withdrawn=0)
        make_trial(root / "new", seed=2, subjects=2, visits=("D1", "D8"), events=(5_000, 5_000), withdrawn=0)
        for name in ("old", "new"):
            subprocess.run([*CLI, root / name, "--out", root / f"{name}-tables", *OPTIONS], check=True)
        old, new = tables(root / "old-tables"), tables(root / "new-tables")
        begin = time.perf_counter()
        subprocess.run([*CLI, root / "new", "--out", root / "timed", *OPTIONS], check=True)
        lasts = time.perf_counter() - begin
        for turn in range(asked.kills):
            out = root / f"out-{turn}"
            shutil.copytree(root / "old-tables", out, symlinks=True)
            shutil.rmtree(out / ".tubes")
            kind = ("run", "worker", "replacing")[turn % 3]
            counts[kind] += 1
            if kind == "replacing":
                command = [sys.executable, "-c", IN_PLACES, str(draw.randint(1, 30)), "run", str(root / "new")]
            else:
                command = [*CLI, str(root / "new")]
            started = subprocess.Popen([*command, "--out", str(out), *OPTIONS], stderr=subprocess.PIPE, text=True)
            if kind != "replacing":
                time.sleep(draw.uniform(0.1, 1.1 * lasts))
                below = children(started.pid)
                victim = started.pid if kind == "run" or not below else draw.choice(below)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            output = started.communicate()[1]
            found, kept = tables(out), finished(out)
            state = "old" if found == old else "new" if found == new else "none" if not found else "MIXED"
            counts[state] = counts.get(state, 0) + 1
            counts["ended before"] += started.returncode == 0 and kind != "worker"
            if state == "MIXED":
                wrong.append(f"{turn} {kind}: a mixture of {sorted(found)}")
            if started.returncode == 0 and found != new:
                wrong.append(f"{turn} {kind}: exit 0 without every file: {output}")
            again = subprocess.run([*CLI, root / "new", "--out", out, *OPTIONS], capture_output=True, text=True)
            if again.returncode or tables(out) != new:
                wrong.append(f"{turn} {kind}: the next run gave {again.returncode}: {again.stderr}")
            elif reused(out) < kept:
                wrong.append(f"{turn} {kind}: {kept} tubes were finished, {reused(out)} were taken")
            shutil.rmtree(out)
            if (turn + 1) % 10 == 0:
                print(f"{turn + 1} kills: {counts}; {len(wrong)} wrong", flush=True)
    print("\n".join(wrong) or "nothing wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
