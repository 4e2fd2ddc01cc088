"""Rewrite requirements.txt and requirements-dev.txt: every package at one version, with the hash of each of its files.

    .venv/bin/python tools/pin.py             keep the present versions where pyproject.toml allows them
    .venv/bin/python tools/pin.py --upgrade   take the newest

requirements.txt holds what a run needs, requirements-dev.txt what tests, checks and documentation need beside it.
uv resolves them for every Python from 3.11 on; pip installs them with --require-hashes (tools/setup.py). The files
name no host: both programs take the packages from wherever they are configured to.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN, DEVELOP = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
WRITTEN = "Written by tools/pin.py from pyproject.toml; do not edit."
HEADS = {
    RUN: f"# What a run of tregate needs. {WRITTEN}\n",
    DEVELOP: f"# What tests, checks and documentation need beside requirements.txt. {WRITTEN}\n",
}
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==\S+.*?(?=^[A-Za-z0-9]|\Z)", re.MULTILINE | re.DOTALL)


def main() -> int:
    upgrade = "--upgrade" in sys.argv[1:]
    run = pins(resolved((), [RUN], upgrade))
    develop = pins(resolved(("dev",), [RUN, DEVELOP], upgrade, agree_with=run))
    only_develop = {name: pin for name, pin in develop.items() if name not in run}
    for path, held in ((RUN, run), (DEVELOP, only_develop)):
        path.write_text(HEADS[path] + "".join(held[name] for name in sorted(held)), encoding="utf-8")
        print(f"{path.name}: {len(held)} packages, {sum(pin.count('--hash=') for pin in held.values())} hashes")
    return 0


def pins(text: str) -> dict[str, str]:
    """Package name -> its pin with all hashes, as it is written in a requirements file."""
    plain = "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith(("#", "-r")))
    found = [(match["name"].lower().replace("_", "-"), match[0]) for match in _PIN.finditer(plain)]
    if len(dict(found)) < len(found):
        sys.exit(
            "A package has several versions for several Pythons. Lower its bound in pyproject.toml to one for all."
        )
    return dict(found)


def resolved(
    extras: tuple[str, ...], preferred: list[Path], upgrade: bool, agree_with: dict[str, str] | None = None
) -> str:
    """uv's answer for the project with these extras."""
    uv = Path(sys.executable).with_name("uv")
    program = str(uv) if uv.exists() else shutil.which("uv")
    if program is None:
        sys.exit("uv is not installed. Run: make setup")
    with tempfile.TemporaryDirectory() as folder:
        answer, agreed = Path(folder) / "pins.txt", Path(folder) / "agreed.txt"
        if not upgrade:
            held = [path.read_text(encoding="utf-8") for path in preferred if path.exists()]
            answer.write_text("".join(held), encoding="utf-8")
        agreed.write_text("".join((agree_with or {}).values()), encoding="utf-8")
        command = [
            program, "--quiet", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11",
            "--fork-strategy", "fewest", "--generate-hashes", "--no-annotate", "--no-header",
            "--output-file", str(answer), "--constraint", str(agreed), "--no-emit-package", "tregate",
            *(part for extra in extras for part in ("--extra", extra)),
        ]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            sys.exit("The packages could not be resolved (see above). The requirements files are unchanged.")
        return answer.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
