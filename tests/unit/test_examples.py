"""Every example in a docstring runs, and every public name has one."""

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import tregate
from tregate.fixtures.trial import make_trial
from tregate.fixtures.tube import make_tube

FOLDERS = ("gating", "pipelines", "library", "fixtures", "configs")
ROOT = Path(tregate.__file__).parent


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    make_tube("treg", seed=1, events=20_000).write(folder / "treg.fcs")
    make_tube("tetrachrome_t", seed=1, events=20_000).write(folder / "tetrachrome_t.fcs")
    make_trial(folder / "trial", seed=4, subjects=2, visits=("D1", "D8"), events=(9_000, 11_000), withdrawn=0)
    return folder


def module_names() -> list[str]:
    found = ["tregate"]
    for name in FOLDERS:
        found.append(f"tregate.{name}")
        found += [one.name for one in pkgutil.walk_packages([str(ROOT / name)], f"tregate.{name}.")]
    return found


def examples_of(name: str) -> list[doctest.DocTest]:
    tests = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name), name)
    return [test for test in tests if test.examples]


@pytest.mark.parametrize("name", module_names())
def test_the_examples_of_a_module_run(name: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    for test in examples_of(name):
        said: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
        assert not said, "".join(said)


def test_the_runner_notices_a_wrong_example() -> None:
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    said: list[str] = []
    assert doctest.DocTestRunner().run(test, out=said.append).failed == 1
    assert said


@pytest.mark.parametrize("name", ["read", "load_strategy", "gate", "count", "load_study", "run", "validate"])
def test_a_public_function_documents_arguments_result_errors_and_an_example(name: str) -> None:
    function = getattr(tregate, name)
    text = inspect.getdoc(function) or ""
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text, section
    assert ">>> " in text
    parameters = text.partition("Parameters\n")[2].partition("\nReturns\n")[0]
    assert [one for one in inspect.signature(function).parameters if f"\n{one} : " not in parameters] == []
