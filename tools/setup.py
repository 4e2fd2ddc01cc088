"""Build the project's virtual environment from the requirements files. Needs Python 3.11 and the package registry.

    python3 tools/setup.py .venv

Does nothing where the environment already holds these versions, mends one that is half built or of a
Python that has gone, and leaves `.ready` in it only when everything is in place.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
"""Every package with its version and the hash of each of its files (tools/pin.py): nothing else is installed."""
PACKAGES = ("gating", "pipelines", "library", "fixtures", "configs")


def main() -> int:
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"tregate needs Python 3.11 or newer, and {sys.executable} is {found}.\n"
            "Install a newer one and say which: make PYTHON=python3.12 demo",
            file=sys.stderr,
        )
        return 2
    folder = ROOT / sys.argv[1]
    ready = folder / ".ready"
    wanted = fingerprint()
    if ready.is_file() and ready.read_text(encoding="utf-8") == wanted and works(folder):
        ready.touch()
        return 0
    ready.unlink(missing_ok=True)
    if not works(folder):
        print(
            f"setting up {folder.name} with Python {sys.version.split()[0]} (once, a minute or two) ...",
            flush=True,
        )
        create(folder)
    else:
        print(f"bringing {folder.name} to the versions of the requirements files ...", flush=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check", "install"]
    pinned = [part for name in REQUIREMENTS for part in ("--requirement", str(ROOT / name))]
    run([*pip, "--no-compile", "--require-hashes", "--no-deps", *pinned])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    link_source(folder)
    compile_packages(folder)
    ready.write_text(wanted, encoding="utf-8")
    return 0


def fingerprint() -> str:
    """What the environment was made from: the pins, the project's own declaration, the Python."""
    digest = hashlib.sha256()
    for name in (*REQUIREMENTS, "pyproject.toml", "setup.py"):
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()} {sys.version_info.major}.{sys.version_info.minor}\n"


def works(folder: Path) -> bool:
    """Whether the environment has a Python of this version, with pip."""
    python = folder / "bin" / "python"
    if not python.exists():
        return False
    ask = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == f"{sys.version_info.major}.{sys.version_info.minor}"


def create(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False)
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(
            f"{sys.executable} cannot make a virtual environment.\n"
            "On Debian and Ubuntu: apt-get install python3-venv; then the same command again."
        )


def link_source(folder: Path) -> None:
    """A folder in which the source has its package name: mypy finds packages by path only."""
    link = folder / "source" / "tregate"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT, target_is_directory=True)


def compile_packages(folder: Path) -> None:
    """Compile every package on all cores (pip uses one), and the project's own modules, which no installer compiles.

    Else the first start of every process compiles them, and each start where PYTHONDONTWRITEBYTECODE is set.
    Tests of other packages stay as they are: nothing imports them.
    """
    compiler = [str(folder / "bin" / "python"), "-W", "ignore", "-m", "compileall", "-qq", "-j", "0"]
    installed = [str(path) for path in folder.glob("lib/python*/site-packages")]
    subprocess.run([*compiler, "-x", "/tests?/", *installed], check=False)
    subprocess.run([*compiler, *(str(ROOT / name) for name in PACKAGES)], check=False)


def run(command: list[str]) -> None:
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        sys.exit(
            "The packages could not be installed (see above). Nothing is half done: "
            "when the package registry answers again, the same command goes on."
        )


if __name__ == "__main__":
    sys.exit(main())
