"""Documents: what is cited exists, links lead somewhere, and pages list what the code knows."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from tregate.gating.qc.limits import TubeLimits
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.pipelines.study import lots, samples, subjects
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.study.own_limits import numbers_of
from tregate.pipelines.study.study_file import StudyFile
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.visit_tests.registry import TESTS

ROOT = Path(__file__).resolve().parent.parent
OURS = ("gating", "pipelines", "fixtures", "configs", "tests", "tools", "benchmarks", "docs")
WRITTEN_BY_A_RUN = frozenset({"table1.md", "page.md"})
"""Files of a run, and of a test."""
CITED = re.compile(r"(?<![\w/.-])((?:[\w-]+/)*[\w-]+\.md)(#[\w-]+)?")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def files(*suffixes: str) -> Iterator[Path]:
    for folder in OURS:
        yield from (path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in suffixes)
    yield from (path for path in sorted(ROOT.glob("*")) if path.suffix in suffixes)


def prose(text: str) -> str:
    """Markdown without its code blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Anchors of the headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_document_that_code_cites_is_in_the_repository() -> None:
    wrong, cited = [], 0
    for path in files(".py", ".yaml", ".toml", ".js", ".j2"):
        for name, anchor in CITED.findall(path.read_text(encoding="utf-8")):
            if name in WRITTEN_BY_A_RUN or path == Path(__file__):
                continue
            cited += 1
            folders = (ROOT,) if "/" in name else (ROOT, ROOT / "docs", ROOT / "benchmarks", path.parent)
            pages = [folder / name for folder in folders if (folder / name).is_file()]
            if not pages or (anchor and anchor not in anchors(pages[0])):
                wrong.append(f"{path.relative_to(ROOT)} cites {name}{anchor}")
    assert not wrong, "\n".join(wrong)
    assert cited > 20


def test_every_document_that_a_document_cites_is_in_the_repository() -> None:
    wrong = []
    for path in files(".md"):
        text = LINK.sub("", prose(path.read_text(encoding="utf-8")))
        for name, _ in CITED.findall(text):
            if name not in WRITTEN_BY_A_RUN and not any((base / name).is_file() for base in (path.parent, ROOT)):
                wrong.append(f"{path.relative_to(ROOT)} cites {name}")
    assert not wrong, "\n".join(wrong)


def test_every_relative_link_leads_to_a_file_and_a_heading() -> None:
    wrong, followed = [], 0
    for path in files(".md"):
        for target in LINK.findall(prose(path.read_text(encoding="utf-8"))):
            if "://" in target:
                continue
            name, hash_, anchor = target.partition("#")
            page = path if not name else (path.parent / name).resolve()
            followed += 1
            inside = page.is_relative_to(ROOT)
            if not inside or not page.exists() or (hash_ and f"#{anchor}" not in anchors(page)):
                wrong.append(f"{path.relative_to(ROOT)} links to {target}")
    assert not wrong, "\n".join(wrong)
    assert followed > 30


# ---------------------------------------------------------------- pages against code

STUDY_PAGE = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")


def section(heading: str) -> dict[str, str]:
    """First and last cell of each table row of a section: name -> default."""
    part = re.split(rf"^#+ {re.escape(heading)}$", STUDY_PAGE, maxsplit=1, flags=re.MULTILINE)[1]
    part = re.split(r"^#+ ", part, maxsplit=1, flags=re.MULTILINE)[0]
    return {row[0]: row[1].strip() for row in re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", part, re.MULTILINE)}


def test_the_page_lists_the_keys_of_study_yaml() -> None:
    assert set(section("study.yaml")) == set(StudyFile.model_fields)
    required = {name for name, default in section("study.yaml").items() if default == "required"}
    assert required == {name for name, field in StudyFile.model_fields.items() if field.is_required()}


def test_the_page_lists_the_keys_of_analysis_with_their_defaults() -> None:
    listed = section("analysis")
    assert set(listed) == set(Analysis.model_fields)
    for name, field in Analysis.model_fields.items():
        if isinstance(field.default, str | float):
            shown = field.default if isinstance(field.default, str) else format(field.default, "g")
            assert listed[name].partition(": ")[0] == f"`{shown}`", name


def test_the_page_names_every_test() -> None:
    page = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    assert [name for name in (*TESTS, *TIME_TESTS) if f"`{name}`" not in page] == []


def test_the_page_lists_every_limit_of_a_check_with_its_default() -> None:
    defaults = {
        field.name: format(getattr(limits, field.name), "g")
        for limits in (TubeLimits(), StudyLimits())
        for field in fields(limits)
        if field.name in numbers_of(limits)
    }
    for limits in (load_tables(name).definition.limits for name in shipped_names("tables")):
        defaults |= {name: format(value, "g") for name, value in limits.items()}
    for check in (check for name in shipped_names("strategies") for check in load_strategy(name).checks):
        if check.within is not None:
            defaults |= {f"{check.name}_low": f"{check.at_least:g}", f"{check.name}_high": f"{check.at_most:g}"}
    assert section("checks") == {name: f"`{value}`" for name, value in defaults.items()}


@pytest.mark.parametrize(
    ("module", "heading"), [(samples, "samples.csv"), (subjects, "subjects.csv"), (lots, "bead_lots.csv")]
)
def test_the_page_lists_the_columns(module: object, heading: str) -> None:
    assert list(section(heading)) == [*module.REQUIRED, *module.OPTIONAL]  # type: ignore[attr-defined]
    marked = {name for name, default in section(heading).items() if default.startswith("required")}
    assert marked == set(module.REQUIRED)  # type: ignore[attr-defined]


def test_the_study_on_the_page_loads(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(study:.*?)```", STUDY_PAGE, re.DOTALL)
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "samples.csv").write_text("file,subject,visit,tube\na.fcs,S1,D1,T\n", encoding="utf-8")
    (tmp_path / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nL1,1000,2030-01-01\n", encoding="utf-8")
    (tmp_path / "a.fcs").write_bytes(b"")
    assert load_study(tmp_path).analysis.adjust == "holm"


def test_the_example_in_python_runs() -> None:
    page = (ROOT / "docs" / "how-to" / "python.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Treg" in done.stdout


def test_the_api_page_names_what_the_package_offers() -> None:
    import tregate

    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert not [
        name for name in getattr(tregate, "__all__", ()) if f".{name}\n" not in page and f"`{name}`" not in page
    ]


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "decisions" / "index.md").read_text(encoding="utf-8")
    pages = [path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "index.md"]
    assert ":glob:" in index
    assert all(path.name.startswith("0") for path in pages), "the index lists pages whose names begin with 0"


def test_places_that_the_contributors_page_names_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:gating|pipelines|configs|docs|tools)/[\w/.-]*)`", page)
    assert len(named) > 10
    assert not [name for name in named if not (ROOT / name).exists()]
