"""What users install: a wheel, in an environment that has never seen the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("gating", "pipelines", "fixtures", "configs")
DATA = (".yaml", ".csv", ".html", ".css", ".js", ".j2", ".typed")


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, without fetching anything."""
    source = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        shutil.copytree(ROOT / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "__init__.py", "py.typed"):
        shutil.copy(ROOT / name, source / name)
    built = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, source, cwd=built)
    (found,) = built.glob("tregate-*.whl")
    return found


def wheel_info(wheel: Path) -> str:
    return f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"


def test_the_wheel_holds_all_four_rooms_and_their_data(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"tregate/{path.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", *DATA) and "__pycache__" not in path.parts
    }
    assert wanted - inside == set()
    assert {name.partition("/")[0] for name in inside} == {"tregate", wheel_info(wheel)}
    assert any(name.startswith("tregate/configs/strategies/") for name in inside)


def test_the_demo_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """Dependencies are the ones already here: their folder is put on the path, and the checkout is not."""
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    where = "import tregate, tregate.gating, tregate.configs; print(tregate.__file__, tregate.gating.__file__)"
    assert all(Path(path).is_relative_to(environment) for path in run(python, "-c", where, cwd=tmp_path).split())
    told = run(environment / "bin" / "tregate", "demo", "here", "--quiet", cwd=tmp_path)
    assert "Treg % of CD4+" in told
    names = {path.name for path in (tmp_path / "here" / "tables").iterdir()}
    assert {"counts.csv", "treg.csv", "nk.csv", "summary.csv", "run.json", "report.html"} <= names
