"""No test: visits are described only."""

from tregate.pipelines.visit_tests.visit_test import VisitTest

NO_TEST = VisitTest(lambda course, zeros: {}, "not tested")
