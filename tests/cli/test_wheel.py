"""What users install: a wheel, in an environment that has never seen the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from readme_library import example, make_files

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("gating", "pipelines", "library", "fixtures", "configs")
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


def test_the_wheel_holds_every_folder_and_their_data(wheel: Path) -> None:
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


def environment_with(wheel: Path, folder: Path) -> Path:
    """An environment that has the wheel; dependencies are the ones already here, the checkout is not on the path."""
    environment = folder / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=folder)
    python = environment / "bin" / "python"
    run(*pip_for(python), "install", "--no-deps", "--no-index", wheel, cwd=folder)
    site = site_packages(python, folder)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return environment


def pip_for(python: Path) -> tuple[str | Path, ...]:
    return (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", python)


def site_packages(python: Path, folder: Path) -> Path:
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())


def test_the_demo_and_the_library_example_run_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    environment = environment_with(wheel, tmp_path)
    python = environment / "bin" / "python"
    where = "import tregate, tregate.gating, tregate.configs; print(tregate.__file__, tregate.gating.__file__)"
    assert all(Path(path).is_relative_to(environment) for path in run(python, "-c", where, cwd=tmp_path).split())
    done = run(environment / "bin" / "tregate", "demo", "here", "--quiet", cwd=tmp_path)
    assert "Treg % of CD4+" in done
    names = {path.name for path in (tmp_path / "here" / "tables").iterdir()}
    assert {"counts.csv", "treg.csv", "nk.csv", "summary.csv", "run.json", "report.html"} <= names
    files = tmp_path / "library"
    files.mkdir()
    make_files(files)
    (files / "example.py").write_text(example() + "print(tg.__file__, tg.__version__)\n", encoding="utf-8")
    last = run(python, "example.py", cwd=files).splitlines()[-1].split()
    assert Path(last[0]).is_relative_to(environment)
    assert last[1] == wheel.name.split("-")[1]


def test_the_wheel_and_the_package_fixtures_live_side_by_side(wheel: Path, tmp_path: Path) -> None:
    """PyPI has a package of the name of one of our folders: both are installed, and both work."""
    environment = environment_with(wheel, tmp_path)
    python = environment / "bin" / "python"
    got = subprocess.run(
        [*map(str, pip_for(python)), "install", "--retries", "1", "--timeout", "10", "fixtures==4.2.2"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if got.returncode != 0:
        pytest.skip(f"the package fixtures cannot be fetched here: {got.stderr.strip().splitlines()[-1:]}")
    site = site_packages(python, tmp_path)
    records = [
        {line.split(",")[0] for line in record.read_text(encoding="utf-8").splitlines()}
        for record in site.glob("*.dist-info/RECORD")
        if record.parent.name.startswith(("tregate-", "fixtures-"))
    ]
    assert len(records) == 2
    assert not records[0] & records[1]
    code = (
        "import pathlib, fixtures, tregate\n"
        "from tregate.fixtures.tube import make_tube\n"
        "with fixtures.TempDir() as folder:\n"
        "    path = make_tube('treg', seed=1, events=5000).write(pathlib.Path(folder.path) / 'a.fcs')\n"
        "    print(tregate.gate(path, 'treg').counts.shape[0] > 5, fixtures.__file__)\n"
    )
    worked, place = run(python, "-c", code, cwd=tmp_path).split()
    assert worked == "True"
    assert Path(place) == site / "fixtures" / "__init__.py"
