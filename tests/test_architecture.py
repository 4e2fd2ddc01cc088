"""The house rules: who may import whom, and what must not be on the way to --help and to gating."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("gating", "pipelines", "library", "fixtures", "configs")
FORBIDDEN = {
    "gating": {"pipelines", "fixtures", "library"},
    "fixtures": {"gating", "pipelines", "library"},
    "pipelines": {"fixtures", "library"},
    "library": {"fixtures"},
    "configs": {"gating", "pipelines", "fixtures", "library"},
}
MAY_MEET_FIXTURES = {
    "pipelines/validation/validate.py",
    "pipelines/training/labelled_tubes.py",
    "pipelines/commands/demo.py",
}
HEAVY = (
    "flowkit",
    "matplotlib",
    "sklearn",
    "pandas",
    "bokeh",
    "statsmodels",
    "pyarrow",
    "pyreadstat",
    "fcsparser",
    "flowio",
)


def modules(room: str) -> Iterator[Path]:
    return (ROOT / room).rglob("*.py")


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a module, which several rules look through."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """(module, line) of every import statement, also those inside functions."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "." * node.level, node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in modules(room)
        for module, line in imported(path)
        if module.removeprefix("tregate.").split(".")[0] in FORBIDDEN[room]
        and path.relative_to(ROOT).as_posix() not in MAY_MEET_FIXTURES
    ]
    assert not wrong, "\n".join(wrong)


def order_of_the_page() -> list[str]:
    """The parts of pipelines in the order that ARCHITECTURE.md states, lowest first."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^Order of imports, lowest first: (.*?)\.\n", page, re.MULTILINE | re.DOTALL)
    return re.findall(r"`([a-z_]+)(?:/|\.py)`", line)


def pipelines_imports() -> set[tuple[str, str, str]]:
    """(part of pipelines, part that it imports, place) of every import between parts, also inside functions."""
    found = set()
    for path in modules("pipelines"):
        part = path.relative_to(ROOT / "pipelines").parts[0].removesuffix(".py")
        for node in nodes_of(path):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                pieces = name.split(".")
                if pieces[:2] == ["tregate", "pipelines"] and len(pieces) > 2 and pieces[2] != part:
                    found.add((part, pieces[2], f"{path.relative_to(ROOT)}:{node.lineno}"))
    return found


def test_pipelines_is_built_in_the_order_that_the_page_states() -> None:
    """Each part imports only parts below it: the graph has no cycle, and the page says its order."""
    order = order_of_the_page()
    entries = (ROOT / "pipelines").iterdir()
    parts = {entry.name.removesuffix(".py") for entry in entries if entry.name not in ("__init__.py", "__pycache__")}
    assert set(order) == parts
    assert len(order) == len(parts)
    imports = pipelines_imports()
    assert {("run", "tubes"), ("crosschecks", "tabulate"), ("commands", "run")} <= {(a, b) for a, b, _ in imports}
    back = [f"{place}: {a} imports {b}" for a, b, place in imports if order.index(b) >= order.index(a)]
    assert not back, "\n".join(sorted(back))


@pytest.mark.parametrize("room", ROOMS)
def test_imports_are_absolute(room: str) -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules(room)
        for module, line in imported(path)
        if module.startswith(".")
    ]
    assert not relative, "\n".join(relative)


def test_gating_prints_nothing_and_parses_no_arguments() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno} prints"
        for path in modules("gating")
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    imports = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in modules("gating")
        for module, line in imported(path)
        if module.split(".")[0] in ("argparse", "typer", "rich", "click")
    ]
    assert not calls + imports, "\n".join(calls + imports)


def loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after the code."""
    ask = f"{code}\nimport sys; print('\\n'.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_imports_nothing_heavy() -> None:
    code = "\n".join(
        [
            "import sys, io, contextlib",
            "from tregate.pipelines.commands.cli import app",
            "with contextlib.redirect_stdout(io.StringIO()):",
            "    app(['run', '--help'], standalone_mode=False)",
            "    app(['--help'], standalone_mode=False)",
        ]
    )
    loaded = loaded_by(code)
    assert "typer" in loaded
    assert not loaded.intersection({*HEAVY, "numpy", "scipy", "rich", "yaml"})


def test_the_way_of_a_run_imports_nothing_heavy() -> None:
    loaded = loaded_by("import tregate.pipelines.run, tregate.pipelines.report.draw, tregate.gating.tube")
    assert "numpy" in loaded
    assert not loaded.intersection(HEAVY)
    assert "scipy" not in loaded


def test_a_worker_imports_neither_the_command_line_nor_what_writes_tables() -> None:
    """Spawned workers import the main module of the console script, and what the tubes' analysis names."""
    loaded = loaded_by("import tregate.pipelines.commands.start, tregate.pipelines.tubes.executors")
    assert "numpy" in loaded
    assert not loaded.intersection({*HEAVY, "scipy", "typer", "rich", "xlsxwriter"})


@pytest.mark.parametrize(
    ("later_test", "visits", "expected"),
    [("mixed_ranks", ["D1", "D8"], True), ("mixed_ranks", ["D8", "D15"], False), ("wilcoxon", ["D1", "D8"], False)],
)
def test_the_tests_libraries_are_preloaded_where_there_is_something_to_test(
    later_test: str, visits: list[str], expected: bool
) -> None:
    code = "\n".join(
        [
            "from tregate.pipelines.statistics.preload import preloaded",
            "from tregate.pipelines.study.analysis import Analysis",
            f"with preloaded(Analysis(later_test={later_test!r}), [{visits!r}] * 2, 'D1'):",
            "    pass",
        ]
    )
    loaded = loaded_by(code)
    assert ("statsmodels" in loaded) == expected
    assert ("scipy" in loaded) == (visits == ["D1", "D8"])


def test_what_ships_is_what_is_imported() -> None:
    """Every folder of the four rooms that holds Python is a package, so that the wheel takes it along."""
    lacking = {
        path.parent.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in modules(room)
        if not (path.parent / "__init__.py").exists()
    }
    assert not lacking


def test_the_page_on_architecture_names_every_room() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [
        entry.name + ("/" if entry.is_dir() else "")
        for room in ("gating", "pipelines", "library")
        for entry in (ROOT / room).iterdir()
        if entry.name not in ("__init__.py", "__pycache__", "py.typed")
    ]
    assert not [name for name in rooms if f"`{name}`" not in page and f"/{name}`" not in page]
    fixtures = [path.stem for path in (ROOT / "fixtures").glob("*.py") if path.stem != "__init__"]
    assert not [name for name in fixtures if f"`{name}`" not in page]


def test_the_readme_names_every_command_and_no_option_that_is_none() -> None:
    import typer

    from tregate.pipelines.commands.cli import app

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert not [name for name in commands if f"`tregate {name} " not in readme]
    options = {option for command in commands.values() for one in command.params for option in one.opts}
    reported = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme))
    assert reported - options - {"--install-completion"} == set()


def test_the_readmes_study_is_one(tmp_path: Path) -> None:
    from tregate.pipelines.study.load_study import load_study

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (study,) = re.findall(r"```yaml\n(study:.*?)```", readme, re.DOTALL)
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "samples.csv").write_text("file,subject,visit,tube\na.fcs,S1,D1,T\n", encoding="utf-8")
    (tmp_path / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nL1,1000,2030-01-01\n", encoding="utf-8")
    (tmp_path / "a.fcs").write_bytes(b"")
    assert load_study(tmp_path).visits == ("D1", "D8", "D15", "M1", "M3", "M6")


SPOKEN_OF = {
    "pipelines/commands/tables.py": {"teff"},  # the option --teff, which is older than choices
    "pipelines/study/samples.py": {"lymphocytes_per_ul"},  # a column, which holds what haematology counts
    "pipelines/study/draft.py": {"NK", "treg", "treg_nk"},  # names of shipped strategies, and of tubes
}
GENERAL = {"b", "B", "beads", "bead region", "bead doublets", "cells", "live", "singlets", "steady flow"}
"""Names that are words of the program too: cleaning steps, beads, cells, the letter B of FCS keywords."""


def declared_names() -> set[str]:
    """Populations, cells, measures, sheets, choices and checks of the shipped configurations."""
    from tregate.gating.strategy.load import load_strategy, shipped_names
    from tregate.pipelines.study.tables_definition import load_tables

    names: set[str] = set()
    for strategy in (load_strategy(name) for name in shipped_names("strategies")):
        names |= {*strategy.populations, *(check.name for check in strategy.checks if check.name)}
    for tables in (load_tables(name).definition for name in shipped_names("tables")):
        names |= {*tables.cells, *tables.measures, *tables.sheets, *tables.choices, *tables.limits}
    return names - GENERAL


def literals(path: Path) -> Iterator[tuple[str, int]]:
    """(text, line) of every string that is no docstring."""
    nodes = nodes_of(path)
    documents = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value, node.lineno


def test_no_code_names_a_population_or_a_measure() -> None:
    """What is counted and measured is declared in configs/; code knows neither Treg nor NK."""
    names = declared_names()
    assert {"CD4+", "Treg", "NK", "treg_per_ul", "nk", "teff", "treg_fold", "bright_percent"} <= names
    found = [
        f"{path.relative_to(ROOT)}:{line} {text!r}"
        for room in ("gating", "pipelines")
        for path in modules(room)
        for text, line in literals(path)
        if text in names - SPOKEN_OF.get(path.relative_to(ROOT).as_posix(), set())
    ]
    assert not found, "\n".join(found)


def test_no_message_or_template_names_a_population() -> None:
    """Whole words within longer texts: populations and measures come from what is declared."""
    words = {name for name in declared_names() if len(name) > 1 and (not name.isalpha() or name in ("Treg", "NK"))}
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w+-])(?:{longest_first})(?![\w+-])")
    code = [path for room in ("gating", "pipelines") for path in modules(room)]
    texts = [(path, text, line) for path in code for text, line in literals(path)]
    for path in (ROOT / "pipelines").rglob("*"):
        if path.suffix in (".js", ".j2", ".html", ".css"):
            texts += [(path, text, line) for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)]
    allowed = {"pipelines/commands/cli.py", "pipelines/study/draft.py", "pipelines/study/samples.py"}
    found = [
        f"{path.relative_to(ROOT)}:{line} {text!r}"
        for path, text, line in texts
        if pattern.search(text) and path.relative_to(ROOT).as_posix() not in allowed
    ]
    assert not found, "\n".join(found)
