"""Frozen dataclasses <-> JSON, exact to the bit and without pickle: what is read builds known classes and nothing else.

A dataclass is an object with its class name under "!"; an enumeration, an array, bytes and a float that JSON does not
have likewise. Every sequence reads back as a tuple.
"""

import base64
import dataclasses
import enum
import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

TAG = "!"


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """Fields of a dataclass."""
    return tuple(field.name for field in dataclasses.fields(kind))


class NotPlainError(ValueError):
    """A value that this codec does not write, or text that it does not read."""


class PlainCodec:
    """JSON of the dataclasses and enumerations that some modules define.

    >>> from tregate.gating import findings
    >>> codec = PlainCodec([findings])
    >>> one = findings.Finding("bead_cv", findings.Severity.WARN, "wide", value=0.1)
    >>> codec.decoded(codec.encoded(one)) == one
    True
    """

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        """Raises NotPlainError where two modules define classes of one name."""
        self._classes: dict[str, type] = {}
        for module in modules:
            for name, value in vars(module).items():
                if not isinstance(value, type) or value.__module__ != module.__name__:
                    continue
                if dataclasses.is_dataclass(value) or issubclass(value, enum.Enum):
                    if name in self._classes:
                        raise NotPlainError(f"two classes are called {name}")
                    self._classes[name] = value

    def encoded(self, value: object) -> str:
        """JSON text, the same for the same value. Raises NotPlainError for a value of an unknown class."""
        return json.dumps(self._plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def decoded(self, text: str) -> Any:
        """The value again. Raises NotPlainError for what `encoded` did not write, or wrote of other classes."""
        try:
            return self._built(json.loads(text))
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            raise NotPlainError(f"{type(error).__name__}: {error}") from None

    def _plain(self, value: object) -> Any:
        # Most values are of these types exactly, and a tube has hundreds of them.
        kind = type(value)
        if kind is str or kind is int or kind is bool or value is None:
            return value
        if kind is float and math.isfinite(value):  # type: ignore[arg-type]
            return value
        if isinstance(value, enum.Enum):
            return {TAG: self._named(value), "value": value.value}
        if isinstance(value, np.generic):
            return self._plain(value.item())
        if value is None or isinstance(value, bool | int | str):
            return str(value) if isinstance(value, str) else value
        if isinstance(value, float):
            return value if math.isfinite(value) else {TAG: "float", "value": repr(value)}
        if isinstance(value, bytes):
            return {TAG: "bytes", "value": base64.b64encode(value).decode("ascii")}
        if isinstance(value, np.ndarray):
            return {TAG: "array", "type": value.dtype.str, "shape": list(value.shape), "values": value.ravel().tolist()}
        if isinstance(value, Mapping):
            if TAG in value or not all(isinstance(key, str) for key in value):
                raise NotPlainError("a mapping has keys that are no names")
            return {str(key): self._plain(one) for key, one in value.items()}
        if isinstance(value, tuple | list):
            return [self._plain(one) for one in value]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {name: self._plain(getattr(value, name)) for name in _names(type(value))}
            return {TAG: self._named(value), **fields}
        raise NotPlainError(f"a {type(value).__name__} cannot be written")

    def _named(self, value: object) -> str:
        name = type(value).__name__
        if self._classes.get(name) is not type(value):
            raise NotPlainError(f"{name} is no class of this codec")
        return name

    def _built(self, plain: Any) -> Any:
        # Nearly all values are leaves, and a tube has thousands of them: only what holds others costs a call.
        kind, built = type(plain), self._built
        if kind is list:
            return tuple([built(one) if type(one) in _HOLDERS else one for one in plain])
        if kind is not dict:
            return plain
        tag = plain.pop(TAG, None)
        if tag is None:
            return {key: built(value) if type(value) in _HOLDERS else value for key, value in plain.items()}
        if tag == "float":
            return float(plain["value"])
        if tag == "bytes":
            return base64.b64decode(plain["value"], validate=True)
        if tag == "array":
            return np.array(plain["values"], dtype=np.dtype(plain["type"])).reshape(plain["shape"])
        known: Any = self._classes[tag]
        if issubclass(known, enum.Enum):
            return known(plain["value"])
        if plain.keys() != _field_names(known):
            raise NotPlainError(f"the fields of {tag} are others")
        for name, value in plain.items():
            if type(value) in _HOLDERS:
                plain[name] = built(value)
        return known(**plain)


_HOLDERS = frozenset({list, dict})


@cache
def _field_names(kind: Any) -> frozenset[str]:
    return frozenset(_names(kind))
