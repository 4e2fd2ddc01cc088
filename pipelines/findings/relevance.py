"""Severity by what the tables read: a doubt about a gate on which no figure rests is a note."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from tregate.gating.count.flags import UNMEASURED
from tregate.gating.findings import Severity
from tregate.pipelines.tabulate.flags import PLACES_OF_GATES
from tregate.pipelines.tubes.records import TubeFinding

BY_FIGURE = PLACES_OF_GATES | {UNMEASURED}
"""Checks of single gates, which matter where a figure rests on the gate; counts.csv has their flags all the same."""

_ADVICE = re.compile(r" (Review|Compare|Check)\b[^.]*\.$")
"""The last sentence of a message, which asks for what no longer matters."""


def judged(findings: Sequence[TubeFinding], concerning: Collection[TubeFinding]) -> Iterator[TubeFinding]:
    """The findings, with warnings about gates that no figure of the tables rests on as notes.

    concerning: the findings that concern a figure.
    """
    for found in findings:
        finding = found.finding
        of_a_gate = finding.check in BY_FIGURE and finding.population and finding.severity is Severity.WARN
        if of_a_gate and found not in concerning:
            message = _ADVICE.sub("", finding.message) + " No value in the tables depends on it."
            yield replace(found, finding=replace(finding, severity=Severity.INFO, message=message))
        else:
            yield found
