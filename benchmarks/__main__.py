"""Every benchmark of this folder, one after the other: python -m benchmarks [name ...]."""

import runpy
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    """Run bench_<name>.py for the names given, or all of them."""
    found = {path.stem.removeprefix("bench_"): path for path in sorted(Path(__file__).parent.glob("bench_*.py"))}
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(found)}", file=sys.stderr)
        return 2
    for name in names or found:
        print(f"== {name}", flush=True)
        runpy.run_path(str(found[name]), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
