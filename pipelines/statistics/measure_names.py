"""The names by which a person may call a measure: its column, and what pages and tables print above its values."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class MeasureNames:
    """Columns of a run's measures, and what they are called."""

    measures: tuple[str, ...]
    called: Mapping[str, tuple[str, ...]]
    """Folded name -> the measures that are printed by it."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Measure -> its unit as tables print it: "% of CD4+"."""

    @classmethod
    def of(cls, printed: Mapping[str, Iterable[str]], units: Mapping[str, str] | None = None) -> Self:
        """printed: measure -> every name by which it is printed. units: measure -> its unit."""
        called: dict[str, dict[str, None]] = {}
        for measure, names in printed.items():
            for name in names:
                called.setdefault(folded(name), {})[measure] = None
        return cls(tuple(printed), {name: tuple(found) for name, found in called.items()}, units or {})

    def find(self, name: str) -> tuple[str, ...]:
        """Every measure that a name may mean; one by its column is that alone.

        >>> names = MeasureNames.of({"nk_per_ul": ["NK", "NK /µL"], "nk_percent": ["NK"]})
        >>> names.find("nk  /μL"), names.find("NK"), names.find("nk_percent")
        (('nk_per_ul',), ('nk_per_ul', 'nk_percent'), ('nk_percent',))
        """
        return (name,) if name in self.measures else self.called.get(folded(name), ())

    def by_unit(self, measures: Sequence[str], unit: str) -> tuple[str, ...]:
        """Those of the measures whose unit is just this one; all of them where none is.

        >>> names = MeasureNames.of({}, {"a": "% of CD4+", "b": "% of Teff"})
        >>> names.by_unit(["a", "b"], "% CD4"), names.by_unit(["a", "b"], "%")
        (('a',), ('a', 'b'))
        """
        exact = tuple(one for one in measures if one in self.units and _bare(self.units[one]) == _bare(unit))
        return exact or tuple(measures)


def _bare(unit: str) -> str:
    """A unit without "of", "+" and spaces: laboratories write "% of CD4+" and "% CD4" alike."""
    return folded(unit).replace(" of ", " ").replace("+", "").replace(" ", "")


def folded(name: str) -> str:
    """A name without differences of case, spaces, commas and of the two signs for micro."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace(",", " ").split())
