"""Visit tables of a trial with missed visits and their summary, made once for the tests that read them."""

import pytest
from visit_tables import MISSED, VISITS, trial

from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.analysis import Analysis


@pytest.fixture(scope="session")
def tables() -> tuple[Table, ...]:
    """treg, nk and subsets."""
    return trial(2, missed=MISSED)


@pytest.fixture(scope="session")
def summary(tables: tuple[Table, ...]) -> Summary:
    """Fold changes and tests of `tables` against the baseline D1."""
    from shipped_tables import summarise

    return summarise(tables, VISITS, "D1", Analysis())
