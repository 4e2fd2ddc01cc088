"""validation.html: one file with the table, the pictures, and what the words mean."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tregate.pipelines.validation import plots
from tregate.pipelines.validation.asked import OVERALL, Targets, targets
from tregate.pipelines.validation.measures import Measures
from tregate.pipelines.validation.series import (
    Linearity,
    Repeatability,
    errors_by_events,
    limit_of_quantification,
    linearity,
    plotted,
    repeatability,
)
from tregate.pipelines.validation.targets import misses
from tregate.pipelines.validation.text_table import HEADERS, cells
from tregate.pipelines.validation.tubes import Series, ValidatedTube

if TYPE_CHECKING:
    from tregate.pipelines.validation.validate import Validation


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page's table."""

    cells: tuple[str, ...]
    verdict: str
    """"yes", "no", or "" where nothing is asked."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with the words around it."""

    title: str
    caption: str
    address: str


def page(validation: "Validation") -> str:
    """The whole page. Needs nothing but itself: pictures are inside, no script, no other file."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = plotted(validation.tubes)
    judged = [row for row in validation.measures if misses(row) is not None]
    return environment.get_template("validation.html.j2").render(
        validation=validation,
        headers=HEADERS,
        overall=[line(row) for row in validation.measures if row.condition == OVERALL],
        groups=[
            (name, [line(row) for row in validation.measures if row.condition == name])
            for name in validation.conditions
        ],
        asked=len(judged),
        missed=[row for row in judged if misses(row)],
        words=lambda row: ", ".join(name.replace("_", " ") for name in misses(row) or ()),
        pictures=_pictures(validation.tubes),
        linear=_linear(validation.tubes, names),
        repeated=_repeated(validation.tubes, names),
        limit=limit_of_quantification(errors_by_events(validation.tubes, names)),
        failed=[tube for tube in validation.tubes if tube.fault],
        bars=_bars(targets()),
        whole=targets().whole,
    )


def _bars(asked: Targets) -> str:
    """The targets on nominal tubes, in words."""
    f1 = ", ".join(f"{least:g} ({name})" for name, least in asked.f1.items())
    bias = ", ".join(f"{most:g} % ({name})" for name, most in asked.bias.items())
    return f"F1 at least {f1}; bias at most {bias}"


def line(row: Measures) -> Line:
    missed = misses(row)
    return Line(cells(row), "" if missed is None else "no" if missed else "yes")


def _pictures(tubes: Sequence[ValidatedTube]) -> list[Picture]:
    drawn: list[tuple[str, str, Callable[[Sequence[ValidatedTube]], str], Series | None]] = [
        ("Truth against estimate",
         ("Every tube of the conditions. The band is ±15 %; a value outside it without a flag is a silent "
         "failure."),
         plots.truth_against_estimate, None),
        ("Bland-Altman",
         "Difference between reported and true value against their mean. Lines: mean difference and limits of "
         "agreement (mean ± 1.96 SD) of the values without a flag.",
         plots.bland_altman, None),
        ("Linearity",
         "The same blood diluted step by step; for a washed tube, blood in which the rarest population increases. "
         "Grey: identity; dashed: fit on the log scale.",
         plots.over_a_dilution, Series.DILUTION),
        ("Repeatability",
         "The same blood in many nominal tubes. Red: the 95 % confidence limits do not contain the true value, "
         "as expected for one tube in twenty. The CV between tubes is compared with the CV of counting.",
         plots.same_blood, None),
        ("Limit of quantification by cell numbers",
         "Nominal tubes, dilution series and short acquisitions together: error of a value against its number "
         "of events. The error includes that of the beads.",
         plots.by_cell_numbers, None),
    ]  # fmt: skip
    present = {tube.making.series for tube in tubes}
    return [
        Picture(title, caption, _address(draw(tubes)))
        for title, caption, draw, needed in drawn
        if needed is None or needed in present
    ]


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _linear(tubes: Sequence[ValidatedTube], names: Sequence[str]) -> list[Linearity]:
    found = (linearity(tubes, name) for name in names)
    return [one for one in found if one is not None]


def _repeated(tubes: Sequence[ValidatedTube], names: Sequence[str]) -> list[Repeatability]:
    found = (repeatability(tubes, name) for name in names)
    return [one for one in found if one is not None]
