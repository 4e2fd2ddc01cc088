"""A parsed data set -> the DataSet that the rest of the program and `inspect` see."""

from collections import Counter
from dataclasses import dataclass, replace

from tregate.gating.errors import ReadError
from tregate.gating.events import DataSet, Repair, Scalar
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.data_set_chain import RawDataSet
from tregate.gating.read.layout import Kind, Layout, layouts
from tregate.gating.read.numbers import as_real
from tregate.gating.read.parameters import (
    channel_names,
    float_log_channels,
    parameter_count,
    parameters,
    unusable_scalings,
)
from tregate.gating.read.segments import Data, locate_data
from tregate.gating.read.spillover import spillovers
from tregate.gating.read.text import Text
from tregate.gating.read.volume import clock_seconds, volume
from tregate.gating.units import Channel

SHOWN_KEYWORDS = {
    "$DATE": "date",
    "$BTIM": "begin",
    "$ETIM": "end",
    "$CYTSN": "serial number",
    "$VOL": "vol as written",
    "$TIMESTEP": "timestep",
}
"""Keywords that may be shown: none of them names a person, a patient or a place."""

LABELS = ("$FIL", "TUBE NAME", "$SMNO")
"""Keywords that name the tube. They may hold a person's name: what they say is compared and never shown."""


@dataclass(frozen=True, slots=True)
class Described:
    """A data set with what reading it needs."""

    raw: RawDataSet
    names: tuple[Channel, ...]
    data_set: DataSet
    data: Data | None
    """None: DATA must be refused."""
    refusal: ReadError | None


def describe(raw: RawDataSet) -> Described:
    """Judge HEADER and TEXT. What DATA must be refused for is kept, not raised. Raises MalformedError for `$PAR`."""
    text = raw.text
    count = parameter_count(text, raw.where)
    names = channel_names(text, count)
    data, refusal, layout = _data(raw, names)
    columns = layout.columns if layout is not None else ()
    floats = tuple(column.kind is not Kind.INTEGER for column in columns) or _floats_by_keyword(raw, count)
    bits = tuple(text.integer(f"$P{number}B") or 0 for number in range(1, count + 1))
    matrices, doubts = spillovers(text, names)
    amount = volume(text, clock_seconds(text))
    log = float_log_channels(text, floats)
    findings = [
        *doubts,
        *amount.findings,
        *_conflicts(raw),
        *_duplicates(names),
        *_odd_scalings(text, count),
        *_float_log(names, log),
    ]
    if refusal is not None:
        findings.append(Finding("data_unreadable", Severity.FAIL, str(refusal)))
    data_set = DataSet(
        number=raw.number,
        version=raw.header.version,
        instrument=text.get("$CYT") or "",
        n_events=data.n_events if data is not None else max(0, text.integer("$TOT") or 0),
        parameters=parameters(text, names, bits, floats),
        datatype=text.get("$DATATYPE") or "",
        byte_order=text.get("$BYTEORD") or "",
        spillovers=matrices,
        volume_ul=amount.microlitres,
        repairs=(*raw.repairs, *_name_repairs(raw, count), *(data.repairs if data is not None else ())),
        findings=tuple(findings),
        details=_details(raw, log),
        labels=labels_in(text),
    )
    return Described(raw, names, data_set, data, refusal)


def labels_in(text: Text) -> tuple[str, ...]:
    """What the keywords of `LABELS` say."""
    return tuple(label for keyword in LABELS if (label := (text.get(keyword) or "").strip()))


def with_repairs(described: Described, repairs: tuple[Repair, ...]) -> Described:
    """The same data set with further repairs; each is reported once."""
    merged = tuple(dict.fromkeys((*described.data_set.repairs, *repairs)))
    return replace(described, data_set=replace(described.data_set, repairs=merged))


def _data(raw: RawDataSet, names: tuple[Channel, ...]) -> tuple[Data | None, ReadError | None, Layout | None]:
    layout = None
    try:
        candidates = layouts(raw.text, names, raw.where_text)
        layout = candidates[0]
        data = locate_data(raw.header, raw.text, raw.header.text, candidates, raw.available, raw.where)
    except ReadError as error:
        return None, error, layout
    return data, None, data.layout


def _floats_by_keyword(raw: RawDataSet, count: int) -> tuple[bool, ...]:
    default = raw.text.get("$DATATYPE") or ""
    kinds = ((raw.text.get(f"$P{number}DATATYPE") or default).upper() for number in range(1, count + 1))
    return tuple(kind in ("F", "D") for kind in kinds)


def abscalfactor(written: str | None) -> float | None:
    """`@ABSCALFACTOR`: the instrument's own bead factor where it is set; shown as a candidate, never used unasked."""
    value = as_real(written)
    return value if value is not None and value > 0 else None


def _name_repairs(raw: RawDataSet, count: int) -> tuple[Repair, ...]:
    unnamed = [f"P{number}" for number in range(1, count + 1) if not raw.text.get(f"$P{number}N")]
    if not unnamed:
        return ()
    return (Repair("unnamed-channels", f"Channels without $PnN were named {', '.join(unnamed[:10])}."),)


def _conflicts(raw: RawDataSet) -> tuple[Finding, ...]:
    if not raw.text.conflicting:
        return ()
    shown = ", ".join(sorted(key for key in raw.text.conflicting if key.startswith("$"))[:5]) or "vendor keywords"
    message = f"Keywords with several different values: the first value is used ({shown})."
    matters = any(key.startswith("$") or "SPILL" in key for key in raw.text.conflicting)
    return (Finding("keyword_conflict", Severity.WARN if matters else Severity.INFO, message),)


def _duplicates(names: tuple[Channel, ...]) -> tuple[Finding, ...]:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if not twice:
        return ()
    message = (
        f"Channels with the same name: {', '.join(twice[:6])}. Only their stains differ, so check the "
        "assignment of markers."
    )
    return (Finding("duplicate_channel_names", Severity.WARN, message, value=float(len(twice))),)


def _odd_scalings(text: Text, count: int) -> tuple[Finding, ...]:
    odd = unusable_scalings(text, count)
    if not odd:
        return ()
    message = (
        f"{', '.join(odd[:6])}: amplification, gain or time step is impossible, so the stored values are used "
        "unchanged. Export the tube again from the instrument's own software."
    )
    return (Finding("scaling_unreadable", Severity.WARN, message, value=float(len(odd))),)


def _float_log(names: tuple[Channel, ...], log: tuple[int, ...]) -> tuple[Finding, ...]:
    if not log:
        return ()
    shown = ", ".join(str(names[i]) for i in log)
    message = (
        f"Floating-point values with a logarithmic $PnE ({shown}) may be linear or logarithmic; they are used "
        "unchanged. Ask the person who exported the file before you use them."
    )
    return (Finding("float_log_amplification", Severity.WARN, message, value=float(len(log))),)


def _details(raw: RawDataSet, log: tuple[int, ...]) -> dict[str, Scalar]:
    details: dict[str, Scalar] = {"text dialect": raw.text.dialect, "byte offset": raw.base}
    for keyword, label in SHOWN_KEYWORDS.items():
        value = raw.text.get(keyword)
        if value:
            details[label] = value
    factor = abscalfactor(raw.text.get("@ABSCALFACTOR"))
    if factor is not None:
        details["abscalfactor"] = factor
    if log:
        details["float log channels"] = ",".join(str(i + 1) for i in log)
    return details
