"""What blood can hold: windows of cells/µL for a person and for the median of a study, from configs/blood."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tregate.gating.strategy.gates import Model
from tregate.gating.strategy.yaml_source import read_yaml

Positive = Annotated[float, Field(gt=0)]


class _Windows(Model):
    person: tuple[Positive, Positive]
    study: tuple[Positive, Positive]


class _BloodFile(Model):
    blood: str
    about: str = ""
    per_ul: dict[str, _Windows]


@dataclass(frozen=True, slots=True)
class BloodWindow:
    """Plausible cells/µL of one kind of cell."""

    low: float
    """Of a person [cells/µL]."""
    high: float
    study_low: float
    """Of the median of a study's baseline [cells/µL]."""
    study_high: float


@cache
def adult_blood() -> Mapping[str, BloodWindow]:
    """The shipped windows of adults, by the name of the cells in table definitions."""
    path = Path(str(files("tregate.configs") / "blood" / "adults.yaml"))
    written = _BloodFile.model_validate(read_yaml(path).data)
    return {name: BloodWindow(*window.person, *window.study) for name, window in written.per_ul.items()}


ENDS = ("low", "high", "study_low", "study_high")


def limit_names(windows: Mapping[str, BloodWindow]) -> dict[str, tuple[str, str]]:
    """Name under `checks:` of study.yaml -> cells and end of their window: `cd4_per_ul_study_low`."""
    return {f"{cells}_per_ul_{end}": (cells, end) for cells in windows for end in ENDS}


def with_own(windows: Mapping[str, BloodWindow], written: Mapping[str, float]) -> Mapping[str, BloodWindow]:
    """The windows with a study's own limits."""
    known = limit_names(windows)
    changed = dict(windows)
    for name, value in written.items():
        if name in known:
            cells, end = known[name]
            changed[cells] = replace(changed[cells], **{end: value})
    return changed
