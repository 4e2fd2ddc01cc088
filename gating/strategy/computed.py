"""Axes that are computed: the ratio of two markers, or a marker as it was recorded, before compensation."""

from collections.abc import Iterator, Mapping

from pydantic import model_validator

from tregate.gating.strategy.model import Model
from tregate.gating.units import is_physical


class ComputedAxis(Model):
    """`ratio: [x, y]` is factor * (x - minus[0]) / (y - minus[1]) [Gating-ML 2.0 §6.2.7]; `raw: x` is x as recorded."""

    ratio: tuple[str, str] | None = None
    raw: str | None = None
    factor: float = 1.0
    minus: tuple[float, float] = (0.0, 0.0)
    compensated: bool = True
    """Of a ratio: whether its markers are compensated first."""

    @model_validator(mode="after")
    def _one_kind(self) -> "ComputedAxis":
        if (self.ratio is None) == (self.raw is None):
            raise ValueError("a computed axis needs either `ratio: [marker, marker]` or `raw: marker`")
        if self.factor == 0:
            raise ValueError("factor is 0, which makes every ratio 0")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """Markers that it is computed from."""
        return self.ratio if self.ratio is not None else (str(self.raw),)

    @property
    def of_compensated(self) -> bool:
        """Whether it is computed from compensated values."""
        return self.ratio is not None and self.compensated


def computed_problems(computed: Mapping[str, ComputedAxis], markers: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(name of the axis, what is wrong with it), for names that mean another axis or none."""
    for name, axis in computed.items():
        if name in markers or is_physical(name):
            yield name, "is also the name of a marker"
        for part in axis.parts:
            if part in computed:
                yield name, f'is computed from "{part}", which is computed itself'
            elif part not in markers and not is_physical(part):
                yield name, f'is computed from "{part}", which is not in the panel'
