"""table1.md of one trial, word for word: a change of it is to be read and agreed to.

After a change that is meant, write the new text over `table1.md` and read the difference before committing it.
"""

from pathlib import Path

from shipped_tables import summarise, table1
from visit_tables import MISSED, VISITS, trial

from tregate.pipelines.study.analysis import Analysis


def test_table1_is_what_it_was() -> None:
    summary = summarise(trial(2, missed=MISSED, baseline_zero=("P03",)), VISITS, "D1", Analysis())
    text = table1(summary.table, VISITS, "D1", study="golden trial", footnotes=summary.notes)
    assert text == (Path(__file__).parent / "table1.md").read_text(encoding="utf-8")
