"""Every benchmark, one after the other: python -m benchmarks [--quick] [section ...]; writes results.md."""

import argparse
import compileall
import datetime
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from benchmarks import bench_again, bench_many, bench_reading, bench_run, bench_scaling, bench_start, bench_tube
from tregate import configs, fixtures, gating, pipelines

RESULTS = Path(__file__).with_name("results.md")
PEERS = ("numpy", "flowutils", "flowkit", "flowio", "fcsparser", "scipy", "pandas")

SECTIONS: dict[str, Callable[[bool], str]] = {
    "tube": bench_tube.measure,
    "run": bench_run.measure,
    "again": bench_again.measure,
    "many": bench_many.measure,
    "start": bench_start.measure,
    "reading": bench_reading.section,
    "scaling": bench_scaling.measure,
    "files": bench_run.files,
}


def machine() -> str:
    """Cores, processor family and versions; nothing that names the machine."""
    family = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        fields = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
        facts = {key.strip(): value.strip() for key, value in fields.items()}
        family += f", {facts.get('vendor_id', '?')} family {facts.get('cpu family', '?')}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    libraries = ", ".join(f"{name} {version(name)}" for name in PEERS)
    return f"{cores} cores, {family}; {platform.system()}, Python {platform.python_version()}; {libraries}."


def compile_packages() -> None:
    """Bytecode of every module, so that a checkout starts as an installed package does."""
    for package in (gating, pipelines, fixtures, configs):
        for folder in package.__path__:
            compileall.compile_dir(folder, quiet=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds; prints, writes nothing")
    parser.add_argument("section", nargs="*", help=f"of {', '.join(SECTIONS)}; all if left out")
    asked = parser.parse_args()
    unknown = sorted(set(asked.section) - set(SECTIONS))
    if unknown:
        parser.error(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    compile_packages()
    parts = [f"# Speed and memory\n\nMeasured {datetime.date.today().isoformat()} by `make bench`: {machine()}"]
    parts[0] += (
        "\nMedians of interleaved rounds, files in the page cache. Ratios are medians of the rounds' own ratios."
    )
    parts[0] += "\nModules are compiled before anything is measured, as those of an installed wheel are."
    for name in asked.section or SECTIONS:
        parts.append(SECTIONS[name](asked.quick))
        print(parts[-1], end="\n\n", flush=True)
    if not asked.quick and not asked.section:
        RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        print(f"written: benchmarks/{RESULTS.name}")


if __name__ == "__main__":
    main()
