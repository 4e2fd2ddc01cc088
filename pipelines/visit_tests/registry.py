"""The tests of each visit against the baseline. A new test is one file, and one line here."""

from tregate.pipelines.visit_tests.count_model import COUNT_MODEL
from tregate.pipelines.visit_tests.friedman import FRIEDMAN
from tregate.pipelines.visit_tests.mean_sign_flip import SIGN_FLIP
from tregate.pipelines.visit_tests.mixed_ranks import MIXED_RANKS
from tregate.pipelines.visit_tests.no_test import NO_TEST
from tregate.pipelines.visit_tests.paired_t import PAIRED_T
from tregate.pipelines.visit_tests.visit_test import VisitTest
from tregate.pipelines.visit_tests.wilcoxon import WILCOXON

TESTS: dict[str, VisitTest] = {
    "wilcoxon": WILCOXON,
    "paired_t": PAIRED_T,
    "sign_flip": SIGN_FLIP,
    "count_model": COUNT_MODEL,
    "mixed_ranks": MIXED_RANKS,
    "friedman": FRIEDMAN,
    "none": NO_TEST,
}
