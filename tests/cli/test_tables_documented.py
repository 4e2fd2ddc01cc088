"""docs/tables.md: every column and every flag that a run writes is explained there."""

import csv
import re
from pathlib import Path

from cli_running import rows

from tregate.gating.count import flags
from tregate.pipelines.export.cp import COLUMNS as CP_COLUMNS
from tregate.pipelines.export.cp import QUALIFIERS
from tregate.pipelines.tabulate.flag_sentences import ANY_OTHER, EMPTY, UNCERTAIN, legend
from tregate.pipelines.tabulate.flags import EMPTYING

ENDINGS = ("_per_ul", "_low", "_high", "_loq")
WRITTEN = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")


def explained(name: str) -> bool:
    return f"`{name}`" in WRITTEN


def is_of_a_family(column: str) -> bool:
    return column.startswith("fold_") or column.endswith(ENDINGS)


def test_every_column_is_explained(tables: Path) -> None:
    files = sorted(tables.glob("*.csv"))
    assert len(files) == 11
    for file in files:
        assert file.name in WRITTEN
        with file.open(encoding="utf-8", newline="") as text:
            columns = next(csv.reader(text))
        assert [name for name in columns if not explained(name) and not is_of_a_family(name)] == [], file.name
    assert all(explained(name) for name in (*CP_COLUMNS, *QUALIFIERS))


def test_every_flag_of_a_count_is_explained() -> None:
    constants = [value for name, value in vars(flags).items() if name.isupper() and isinstance(value, str)]
    assert len(constants) > 8
    assert [flag for flag in constants if not explained(flag)] == []


def test_the_pages_and_the_document_say_the_same_of_each_flag() -> None:
    part = WRITTEN.partition("\n## Flags\n")[2]
    written = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", part, flags=re.MULTILINE))
    assert written == {**EMPTY, **UNCERTAIN}
    assert f"| the name of a check | {ANY_OTHER} |" in part
    assert EMPTY.keys() >= EMPTYING


def test_every_flag_of_a_run_has_its_sentence(tables: Path) -> None:
    checks = {row["check"] for row in rows(tables / "findings.csv")}
    files = [file for file in tables.glob("*.csv") if "flags" in file.read_text(encoding="utf-8").partition("\n")[0]]
    shown = legend(row["flags"] for file in files for row in rows(file))
    assert len(shown) > 3
    assert {name for name, sentence in shown if sentence == ANY_OTHER} <= checks
