"""controls.html: verdicts, the matrix with intervals, every pair before and after, and the files' own matrices."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.controls.pictures import PairPicture, pair_pictures
from tregate.pipelines.compensating.compared import ComparedMatrix, message
from tregate.pipelines.compensating.controls_folder import Controls
from tregate.pipelines.report.density import picture, png_head

LARGEST_TABLE = 40
"""Channels up to which the page shows the matrix as a table."""


@dataclass(frozen=True, slots=True)
class ShownPair:
    """One pair of the page."""

    into: str
    caption: str
    before: str
    after: str
    """Addresses of the pictures."""


def page(controls: Controls, matrices: Sequence[ComparedMatrix], already: str) -> str:
    """The whole page, which needs no other file. `already`: that the controls seem compensated, "" otherwise."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    estimated = controls.estimated
    pictures: dict[str, list[ShownPair]] = {}
    for drawn in pair_pictures(estimated):
        pictures.setdefault(drawn.pair.control, []).append(_shown(drawn, controls))
    entries = {(pair.own, pair.into): pair for pair in estimated.pairs}
    return environment.get_template("controls.html.j2").render(
        controls=controls,
        estimated=estimated,
        used=[one for one in estimated.controls if one.used],
        names=[estimated.channels[i] for i in estimated.included],
        rows=[(estimated.channels[i], [entries.get((i, j)) for j in estimated.included]) for i in estimated.included],
        as_table=len(estimated.included) <= LARGEST_TABLE,
        pictures=pictures,
        matrices=matrices,
        already=already,
        message=message,
    )


def _shown(drawn: PairPicture, controls: Controls) -> ShownPair:
    pair = drawn.pair
    caption = f"{pair.slope:.4f} ({pair.low:.4f} to {pair.high:.4f}); after: {pair.residual:.1e}"
    into = controls.estimated.channels[pair.into]
    return ShownPair(into, caption, _address(drawn.before), _address(drawn.after))


def _address(counts: npt.NDArray[np.uint32]) -> str:
    drawn = picture(counts)
    data = png_head(drawn.width, drawn.height, "light") + drawn.tail
    return "data:image/png;base64," + base64.b64encode(data).decode()
