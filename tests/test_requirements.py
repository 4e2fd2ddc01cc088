"""The pins: one version of every package, with the hashes of its files, and nothing that names a host."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
RUN, DEVELOP = "requirements.txt", "requirements-dev.txt"
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?P<marker> ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(file: str) -> dict[str, tuple[str, str, int]]:
    """Package -> version, marker, number of hashes. AssertionError where a line is anything else."""
    found: dict[str, tuple[str, str, int]] = {}
    name = ""
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if match := PIN.match(line):
            assert not name or found[name][2] > 0, f"{file}: {name} has no hash"
            name = canonicalize_name(match["name"])
            assert name not in found, f"{file}: {name} twice"
            found[name] = (match["version"], (match["marker"] or "").removeprefix(" ; ").strip(), 0)
        else:
            assert HASH.match(line), f"{file}: {line}"
            pinned, marker, hashes = found[name]
            found[name] = (pinned, marker, hashes + 1)
    assert found[name][2] > 0
    return found


def project() -> dict[str, list[str]]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": declared["dependencies"], **declared["optional-dependencies"]}


@pytest.mark.parametrize("file", [RUN, DEVELOP])
def test_every_package_has_a_version_and_hashes(file: str) -> None:
    assert len(pins(file)) > 20


@pytest.mark.parametrize("file", [RUN, DEVELOP])
def test_no_host_is_named(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_run_time_and_development_are_apart() -> None:
    run, develop = pins(RUN), pins(DEVELOP)
    assert not set(run) & set(develop)
    assert not set(run) & {"pytest", "mypy", "ruff", "playwright", "sphinx", "hypothesis", "pre-commit"}


def test_named_packages_are_run_time_requirements() -> None:
    declared = {canonicalize_name(Requirement(one).name) for one in project()[""]}
    assert {"numpy", "scikit-learn", "flowkit", "fcsparser", "matplotlib"} <= declared


def test_pins_satisfy_pyproject() -> None:
    run, both = pins(RUN), {**pins(RUN), **pins(DEVELOP)}
    for extra, declared in project().items():
        for one in map(Requirement, declared):
            if canonicalize_name(one.name) == "tregate":
                continue
            available = both if extra else run
            pinned = available[canonicalize_name(one.name)][0]
            assert one.specifier.contains(pinned, prereleases=True), f"{one} against {pinned}"


@pytest.mark.parametrize("file", [RUN, DEVELOP])
def test_pins_are_complete(file: str) -> None:
    """What each installed package asks for is pinned too; of a run's packages, among the run's."""
    known = pins(RUN) if file == RUN else {**pins(RUN), **pins(DEVELOP)}
    lacking, seen = [], 0
    for name, (pinned, marker, _) in pins(file).items():
        if marker and not Marker(marker).evaluate():
            continue
        try:
            installed = version(name)
        except PackageNotFoundError:
            lacking.append(f"{name} is not installed: run make setup")
            continue
        assert installed == pinned, f"{name} is {installed}, pinned {pinned}: run make setup"
        seen += 1
        for one in map(Requirement, requires(name) or ()):
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                wanted = known.get(canonicalize_name(one.name))
                if wanted is None or not one.specifier.contains(wanted[0], prereleases=True):
                    lacking.append(f"{name} asks for {one}")
    assert not lacking, "\n".join(lacking)
    assert seen > 20
