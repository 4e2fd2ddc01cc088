"""Who, where and when of a tube: as samples.csv declares it, else as its file says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from tregate.gating.events import DataSet, Scalar
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.tubes.acquisition_date import acquired

_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})(?:[.:]\d+)?")

MOST_DAYS_KEPT = 2
"""Days from the draw of blood to its acquisition (docs/sources.md#age-of-the-sample)."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """ "" and None where it is not known."""

    collected: Moment | None = None
    """When the blood was drawn, as declared."""
    acquired: Moment | None = None
    """When the tube was acquired: `$DATE` and `$BTIM`."""
    instrument: str = ""
    """As declared."""
    cytometer: str = ""
    """`$CYT`."""
    serial: str = ""
    """`$CYTSN`."""
    operator: str = ""
    site: str = ""
    """Site of the subject."""
    planned_visit: str = ""
    """Of a repeat, the visit that it repeats."""
    replicate: int = 1

    @property
    def device(self) -> str:
        """The instrument as declared, else as the file names it."""
        return self.instrument or " ".join(filter(None, (self.cytometer, self.serial)))

    @property
    def drawn(self) -> Moment | None:
        """When the blood was drawn; where it is not declared, the day of acquisition."""
        if self.collected is not None or self.acquired is None:
            return self.collected
        return Moment(self.acquired.day)

    def is_drawn_after(self, day: date) -> bool:
        """Whether blood was drawn after this day: as declared; else it was acquired too long after it to be older."""
        if self.collected is not None:
            return self.collected.day > day
        return self.acquired is not None and (self.acquired.day - day).days > MOST_DAYS_KEPT


UNKNOWN = Circumstances()


def circumstances(entry: TubeEntry, data_set: DataSet | None, site: str) -> Circumstances:
    """Of one row of samples.csv and its file; `data_set` is None where the file gave none."""
    details: Mapping[str, Scalar] = {} if data_set is None else data_set.details
    return Circumstances(
        collected=entry.collected,
        acquired=_acquired(details),
        instrument=entry.instrument,
        cytometer="" if data_set is None else data_set.instrument,
        serial=str(details.get("serial number", "")),
        operator=entry.operator,
        site=site,
        planned_visit=entry.planned_visit or entry.visit,
        replicate=entry.replicate,
    )


def as_record(of: Circumstances) -> dict[str, str | int]:
    """For run.json: what is known."""
    record: dict[str, str | int | None] = {
        "collected": None if of.collected is None else of.collected.text,
        "acquired": None if of.acquired is None else of.acquired.text,
        **{"instrument": of.instrument, "cytometer": of.cytometer, "serial": of.serial, "operator": of.operator},
        **{"site": of.site, "planned_visit": of.planned_visit, "replicate": of.replicate},
    }
    return {key: value for key, value in record.items() if value}


def from_record(record: Mapping[str, str | int]) -> Circumstances:
    """The same again. Raises TypeError for a key that is none of its own."""
    plain = {key: value for key, value in record.items() if key not in ("collected", "acquired")}
    moments = {key: Moment.read(str(record[key])) for key in ("collected", "acquired") if key in record}
    return Circumstances(**moments, **plain)  # type: ignore[arg-type]


def _acquired(details: Mapping[str, Scalar]) -> Moment | None:
    day = acquired(details)
    if day is None:
        return None
    clock = _CLOCK.fullmatch(str(details.get("begin", "")).strip())
    if clock is None:
        return Moment(day)
    hour, minute, second = (int(part) for part in clock.groups())
    return Moment(day, time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None)
