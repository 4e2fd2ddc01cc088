"""The tests of the factor time. A new test is one file, and one line here."""

from tregate.pipelines.time_tests.friedman import FRIEDMAN
from tregate.pipelines.time_tests.max_t import MAX_T
from tregate.pipelines.time_tests.mixed_model import MIXED_MODEL
from tregate.pipelines.time_tests.rm_anova import ANOVA_TYPE, GREENHOUSE_GEISSER, HOTELLING, HUYNH_FELDT, RM_ANOVA
from tregate.pipelines.time_tests.time_test import TimeTest

TIME_TESTS: dict[str, TimeTest] = {
    "max_t": MAX_T,
    "rm_anova": RM_ANOVA,
    "rm_anova_gg": GREENHOUSE_GEISSER,
    "rm_anova_hf": HUYNH_FELDT,
    "hotelling": HOTELLING,
    "anova_type": ANOVA_TYPE,
    "mixed_model": MIXED_MODEL,
    "friedman": FRIEDMAN,
}
