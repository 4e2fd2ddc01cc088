"""The page lists tubes of visits outside the plan, and has no such column where there are none."""

import re
from dataclasses import replace

from report_study import KINDS, SUBJECTS, context

from tregate.pipelines.report.page import report_html


def head_and_cells(html: str) -> tuple[list[str], int]:
    table = html[html.index('<table class="map">') : html.index("</table>", html.index('<table class="map">'))]
    return re.findall(r'<th scope="col">([^<]*)</th>', table), table.count('href="#tube-')


def test_every_tube_has_its_place_in_the_overview() -> None:
    planned = context()
    head, tubes = head_and_cells(report_html(planned))
    assert head == ["Subject", *planned.visits]
    assert tubes == len(planned.records)
    unplanned = replace(planned, visits=planned.visits[:1])
    head, also = head_and_cells(report_html(unplanned))
    assert head == ["Subject", planned.visits[0], "outside the plan"]
    assert also == tubes >= len(SUBJECTS) * len(KINDS)
