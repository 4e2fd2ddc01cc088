"""The names by which a person may call a measure: its column, and what pages and tables print above its values."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class MeasureNames:
    """Columns of a run's measures, and what they are called."""

    measures: tuple[str, ...]
    called: Mapping[str, tuple[str, ...]]
    """Folded name -> the measures that are printed by it."""

    @classmethod
    def of(cls, printed: Mapping[str, Iterable[str]]) -> Self:
        """printed: measure -> every name by which it is printed."""
        called: dict[str, dict[str, None]] = {}
        for measure, names in printed.items():
            for name in names:
                called.setdefault(folded(name), {})[measure] = None
        return cls(tuple(printed), {name: tuple(found) for name, found in called.items()})

    def find(self, name: str) -> tuple[str, ...]:
        """Every measure that a name may mean; one by its column is that alone.

        >>> names = MeasureNames.of({"nk_per_ul": ["NK", "NK /µL"], "nk_percent": ["NK"]})
        >>> names.find("nk  /μL"), names.find("NK"), names.find("nk_percent")
        (('nk_per_ul',), ('nk_per_ul', 'nk_percent'), ('nk_percent',))
        """
        return (name,) if name in self.measures else self.called.get(folded(name), ())


def folded(name: str) -> str:
    """A name without differences of case, spaces, commas and of the two signs for micro."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace(",", " ").split())
