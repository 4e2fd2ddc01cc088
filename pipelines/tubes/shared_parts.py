"""Results of a large study in a fifth of the memory: what tubes have alike is kept once, gates and counts packed."""

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from tregate.gating.event_prints import EventPrints
from tregate.gating.events import DataSet
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult
from tregate.pipelines.tubes.packed import Recent, with_packed

Part = TypeVar("Part")


class SharedParts:
    """Equal parts of the results of one study.

    >>> parts = SharedParts()
    >>> parts.one(("CD4", 3)) is parts.one(tuple(["CD4", 3]))
    True
    """

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._recent = Recent()

    def one(self, part: Part) -> Part:
        """The part that was first with the same values, of the same types, to the bit."""
        return self._known.setdefault(_identity(part), part)  # type: ignore[no-any-return]

    def within(self, result: TubeResult, strategy: Strategy) -> TubeResult:
        """The same result without its prints, made of what other results have too where it is equal."""
        return replace(
            with_packed(result, self._recent),
            data_set=self._data_set(result.data_set),
            decision=self.one(result.decision),
            binding=self.one(result.binding),
            compensation=self.one(result.compensation),
            prints=EventPrints(),
            grounds=self._grounds(strategy),
            stands_for=strategy.stands_for,
            coincidence=self.one(result.coincidence),
        )

    def _grounds(self, strategy: Strategy) -> Mapping[str, frozenset[str]]:
        key = ("grounds", id(strategy))
        known = self._known.get(key)
        if known is None:
            grounds = strategy.all_grounds
            known = self._known[key] = (strategy, grounds)
        return known[1]

    def _data_set(self, data_set: DataSet) -> DataSet:
        return replace(
            data_set,
            version=sys.intern(data_set.version),
            instrument=sys.intern(data_set.instrument),
            parameters=self.one(tuple(self.one(parameter) for parameter in data_set.parameters)),
            spillovers=tuple(self.one(spillover) for spillover in data_set.spillovers),
            details=self._mapping(data_set.details),
        )

    def _mapping(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {sys.intern(name): sys.intern(value) if type(value) is str else value for name, value in values.items()}


def _identity(part: object) -> object:
    """What two parts must have alike to be one: 1, 1.0 and True are equal, 0.0 and -0.0 too, and are not the same."""
    kind = type(part)
    match part:
        case str() | bool() | int() | None:
            return kind, part
        case float():
            return kind, repr(part)
        case np.ndarray():
            return kind, part.dtype.str, part.shape, part.tobytes()
        case tuple() | list():
            return kind, tuple(_identity(one) for one in part)
        case Mapping():
            return kind, tuple((key, _identity(value)) for key, value in part.items())
    if is_dataclass(part):
        return kind, tuple(_identity(getattr(part, field.name)) for field in fields(part))
    return kind, repr(part)
