"""Gates and counts of a tube as compressed bytes, made again when they are read: a large study has too many for memory.

They stay in this process, so that pickle may pack them. Numbers are packed without their classes: a count is made
again in a tenth of the time that pickle takes to build it.
"""

import io
import pickle
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from operator import attrgetter
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar, overload

from tregate.gating.count.coincidence import Coincidence
from tregate.gating.count.estimates import Estimate, PopulationCount
from tregate.gating.count.gate_terms import GateTerm
from tregate.gating.count.terms import Terms
from tregate.gating.events import PlacedGate
from tregate.gating.tube import TubeResult
from tregate.gating.units import PopulationName

UNPACKED = 200
"""Sequences that stay unpacked after they were read: most steps read those of one visit or subject several times."""


class OfPopulation(Protocol):
    """A gate or a count."""

    @property
    def population(self) -> PopulationName: ...


Part = TypeVar("Part", bound=OfPopulation)


@dataclass(frozen=True, slots=True)
class Form(Generic[Part]):
    """How parts of one kind are packed."""

    name: str
    apart: Callable[[Part], Any]
    """Part -> what pickle packs."""
    made: Callable[[Any], Part]
    """The part again."""


@dataclass(slots=True)
class _Unpacked:
    packed: object
    """With its parts, so that no other sequence can have its id meanwhile."""
    apart: list[Any]
    made: list[Any]
    """The parts that were asked for, else None."""


class Recent:
    """The sequences of one study that were unpacked last."""

    def __init__(self, number: int = UNPACKED) -> None:
        self.number = number
        self.changing = Lock()
        self.known: OrderedDict[int, _Unpacked] = OrderedDict()


class Packed(Sequence[Part], Generic[Part]):
    """A sequence in a fifth of its memory; each part is made when it is asked for."""

    __slots__ = ("_data", "_form", "_populations", "_recent")

    def __init__(self, data: bytes, populations: tuple[str, ...], form: Form[Part], recent: Recent) -> None:
        """Of what `packed` made."""
        self._data = data
        self._form = form
        self._populations = _one_of_equal(populations)
        self._recent = recent

    def within(self, recent: Recent) -> "Packed[Part]":
        """The same, unpacked beside the sequences of a study."""
        return Packed(self._data, tuple(self._populations), self._form, recent)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[bytes, tuple[str, ...], str]]:
        return _received, (self._data, tuple(self._populations), self._form.name)

    def of(self, population: str) -> Part | None:
        """The part of a population; None where it has none."""
        at = self._populations.get(population)
        return None if at is None else self[at]

    def _unpacked(self) -> _Unpacked:
        known = self._recent.known
        found = known.get(id(self))
        if found is None:
            apart = pickle.loads(zlib.decompress(self._data))
            found = _Unpacked(self, apart, [None] * len(apart))
            with self._recent.changing:
                while len(known) >= self._recent.number:
                    known.popitem(last=False)
                known[id(self)] = found
        return found

    def __iter__(self) -> Iterator[Part]:
        return (self[at] for at in range(len(self)))

    def __len__(self) -> int:
        return len(self._populations)

    @overload
    def __getitem__(self, at: int) -> Part: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Part, ...]: ...
    def __getitem__(self, at: int | slice) -> Part | tuple[Part, ...]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(len(self))[at])
        unpacked = self._unpacked()
        part: Part | None = unpacked.made[at]
        if part is None:
            part = unpacked.made[at] = self._form.made(unpacked.apart[at])
        return part


def packed(parts: Sequence[Part], form: Form[Part], recent: Recent | None = None) -> Packed[Part]:
    """Pack the parts of a tube. recent: of the study, where it is known already."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump([form.apart(part) for part in parts])
    populations = tuple(str(part.population) for part in parts)
    return Packed(zlib.compress(buffer.getbuffer(), 1), populations, form, recent or _OF_NO_STUDY)


def _received(data: bytes, populations: tuple[str, ...], form: str) -> Packed[Any]:
    """What another process packed."""
    return Packed(data, populations, _FORMS[form], _OF_NO_STUDY)


_OF_NO_STUDY = Recent(1)


class _Pickler(pickle.Pickler):
    """Dataclasses as calls of their classes, which builds them in a third of the time."""

    def reducer_override(self, value: object) -> Any:
        kind = type(value)
        return (kind, _values_of(kind)(value)) if is_dataclass(kind) else NotImplemented


@cache
def _values_of(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Of the fields of a dataclass, in their order."""
    names = [field.name for field in fields(kind)]
    of = attrgetter(*names)
    return of if len(names) > 1 else lambda value: (of(value),)


class ByPopulation(Mapping[PopulationName, Part], Generic[Part]):
    """Population -> its part. Another process gets it as a dict."""

    __slots__ = ("_packed",)

    def __init__(self, packed: Packed[Part]) -> None:
        self._packed = packed

    def __getitem__(self, population: PopulationName) -> Part:
        part = self._packed.of(population)
        if part is None:
            raise KeyError(population)
        return part

    def __iter__(self) -> Iterator[PopulationName]:
        return (part.population for part in self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __reduce__(self) -> tuple[type[dict[Any, Any]], tuple[dict[PopulationName, Part]]]:
        return dict, (dict(self),)


@cache
def _one_of_equal(populations: tuple[str, ...]) -> dict[str, int]:
    """Population -> position; the tubes of a study have a few such sequences."""
    return {population: at for at, population in enumerate(populations)}


# ---------------------------------------------------------------- gates

GATES: Form[PlacedGate] = Form("gates", lambda gate: gate, lambda gate: gate)


# ---------------------------------------------------------------- counts


_COUNT, _TERMS = _values_of(PopulationCount), _values_of(Terms)
_GATE, _COINCIDENCE = _values_of(GateTerm), _values_of(Coincidence)
_NAMES = [field.name for field in fields(PopulationCount)]
_ESTIMATES = [_NAMES.index(name) for name in ("percent_of_parent", "cells_per_ul", "counted")]
_AT_COINCIDENCE, _AT_GATE = _NAMES.index("coincidence"), _NAMES.index("gate")


def _apart(count: PopulationCount) -> list[Any]:
    values = list(_COUNT(count))
    for at in _ESTIMATES:
        estimate = values[at]
        if estimate is not None:
            values[at] = (estimate.value, estimate.low, estimate.high, _TERMS(estimate.terms))
    values[_AT_COINCIDENCE] = _COINCIDENCE(count.coincidence)
    values[_AT_GATE] = _GATE(count.gate)
    return values


def _made(values: Sequence[Any]) -> PopulationCount:
    own = list(values)
    for at in _ESTIMATES:
        if own[at] is not None:
            value, low, high, terms = own[at]
            own[at] = Estimate(value, low, high, Terms(*terms))
    own[_AT_COINCIDENCE] = Coincidence(*own[_AT_COINCIDENCE])
    own[_AT_GATE] = GateTerm(*own[_AT_GATE])
    return PopulationCount(*own)


COUNTS: Form[PopulationCount] = Form("counts", _apart, _made)

_FORMS: dict[str, Form[Any]] = {form.name: form for form in (GATES, COUNTS)}


def with_packed(result: TubeResult, recent: Recent | None = None) -> TubeResult:
    """The same result with its gates and counts packed."""
    return replace(result, gates=_packed(result.gates, GATES, recent), counts=_packed(result.counts, COUNTS, recent))


def _packed(parts: Sequence[Part], form: Form[Part], recent: Recent | None) -> Packed[Part]:
    return parts.within(recent or _OF_NO_STUDY) if isinstance(parts, Packed) else packed(parts, form, recent)
