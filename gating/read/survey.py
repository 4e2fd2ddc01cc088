"""survey and read: what is in a file, and one data set of it ready to be read by column."""

from dataclasses import replace
from pathlib import Path

from tregate.gating.errors import DataSetError, ReadError, TruncatedError
from tregate.gating.events import DataSet, Sample, StoredEvents, Survey
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.data_set_chain import parse_data_set
from tregate.gating.read.decoding import MappedEvents
from tregate.gating.read.describe import Described, labels_in
from tregate.gating.read.file_bytes import Buffer, FileBytes, fcs_bytes, not_empty
from tregate.gating.read.file_on_demand import FileOnDemand
from tregate.gating.read.integrity import (
    refuse_lengthened,
    refuse_not_finite,
    refuse_other_type,
    refuse_resaved_as_text,
)
from tregate.gating.read.lmd import MIN_MATCHING_LOG, corresponds, twin_check
from tregate.gating.read.masks import masked_values
from tregate.gating.read.open_file import Opened, open_data_sets
from tregate.gating.read.parameters import is_time
from tregate.gating.read.volume import NOT_MONOTONE, time_seconds, volume
from tregate.gating.wording import percent_text


def survey(path: Path) -> Survey:
    """What is in a file, from HEADER and TEXT alone.

    Works for files whose DATA must be refused (their data set then carries the finding "data_unreadable").
    Raises ReadError where the file is not FCS or its HEADER or TEXT cannot be parsed.
    """
    file = fcs_bytes(path, held_below=0)
    opened = open_data_sets(file.data)
    data_sets = tuple(one.data_set for one in opened.described)
    return Survey(path, file.size, data_sets, opened.default, opened.decision)


def labels_of(file: FileBytes | FileOnDemand, number: int) -> tuple[str, ...]:
    """What the instrument called the tube in a data set (1-based) of the file; raises as `read` for HEADER and TEXT."""
    data = file.data if isinstance(file, FileBytes) else file
    if number == 1:
        return labels_in(parse_data_set(data, 0, 1).text)
    whole = file.data if isinstance(file, FileBytes) else file[:]
    return open_data_sets(whole).described[number - 1].data_set.labels


def read(path: Path, data_set: int | None = None, file_bytes: FileBytes | None = None) -> Sample:
    """One data set of a file: values are decoded when a column is asked for.

    data_set: 1-based; None takes the one that `survey` calls the default. file_bytes: the file, where it was read
    already.
    Raises the ReadError tree: not FCS, truncated, damaged, unsupported, malformed, no such data set, or LMD data
    sets that do not hold the same events.
    """
    file = (fcs_bytes(path) if file_bytes is None else not_empty(file_bytes)).data
    opened = open_data_sets(file)
    chosen = opened.described[_number(opened, data_set) - 1]
    described, events = _checked(file, chosen)
    decision = opened.decision
    if opened.twins:
        described, decision = _compared(file, opened, described, events, asked=data_set is not None)
    described = _with_volume(chosen, described, events)
    if data_set is not None and data_set != opened.default:
        decision = f"Data set {data_set} was requested. {decision}"
    return Sample(path, described, events, decision)


def _number(opened: Opened, asked: int | None) -> int:
    number = opened.default if asked is None else asked
    if number is None and opened.cut:
        raise TruncatedError(opened.decision)
    if number is None:
        raise DataSetError(f"{opened.decision} Enter the one to use in the column `dataset` of samples.csv.")
    if not 1 <= number <= len(opened.described):
        raise DataSetError(
            f"Data set {number} was requested, but the file has {len(opened.described)}. Correct the column "
            "`dataset` of samples.csv."
        )
    return number


def _checked(file: Buffer, chosen: Described) -> tuple[DataSet, MappedEvents]:
    """The data set with what its DATA adds, and its events; raises for DATA that must be refused."""
    if chosen.refusal is not None:
        raise chosen.refusal
    if chosen.data is None:
        raise ReadError(f"{chosen.raw.where}: DATA was not found.")
    base, data, where = chosen.raw.base, chosen.data, chosen.raw.where
    begin = base + data.begin
    refuse_resaved_as_text(file, begin, data.n_bytes, where)
    refuse_lengthened(file, begin, data.n_bytes, where)
    refuse_other_type(file, base, data, chosen.names, where)
    refuse_not_finite(file, base, data, chosen.names, where)
    masked, findings = masked_values(file, base, data, chosen.names)
    events = MappedEvents(file, begin, data.n_events, data.layout, frozenset(masked.untouched))
    described = replace(chosen.data_set, findings=(*chosen.data_set.findings, *findings))
    return described, events


def _compared(
    file: Buffer, opened: Opened, described: DataSet, events: StoredEvents, *, asked: bool
) -> tuple[DataSet, str]:
    """Twins by TEXT are twins only if their values correspond: else the user is asked, or, having chosen, warned."""
    first, second = opened.described
    try:
        other = first if described.number == 2 else second
        other_events: StoredEvents = _checked(file, other)[1]
    except ReadError as error:
        message = f"Data set {other.data_set.number} cannot be read, so the two were not compared: {error}"
        return _with(described, Finding("lmd_not_compared", Severity.WARN, message)), opened.decision
    pair = (other_events, events) if described.number == 2 else (events, other_events)
    shares = twin_check(first, second, *pair)
    if not corresponds(shares, first.data_set):
        shown = ", ".join(f"{name} {percent_text(share)}" for name, share in shares.items())
        message = (
            f"The two data sets look like a Beckman LMD pair, but their values do not correspond ({shown} of the "
            "events, all expected)."
        )
        if not asked:
            raise DataSetError(f"{message} State the right one in the column `dataset` of samples.csv.")
        alone = _checked(file, opened.apart[described.number - 1])[0]
        return _with(alone, Finding("lmd_not_twins", Severity.WARN, message)), opened.decision
    if not shares:
        return described, f"{opened.decision} No channel could be compared."
    same = ", ".join(name for name, share in shares.items() if share >= MIN_MATCHING_LOG)
    apart = ", ".join(name for name, share in shares.items() if share < MIN_MATCHING_LOG)
    compensated = f"; {apart} differ, as compensated" if apart else ""
    return described, f"{opened.decision} Their values correspond ({same} compared{compensated})."


def _with(described: DataSet, finding: Finding) -> DataSet:
    return replace(described, findings=(*described.findings, finding))


def _with_volume(chosen: Described, described: DataSet, events: MappedEvents) -> DataSet:
    """`$VOL` again, with the duration that the Time channel gives, where there is one."""
    clocks = [p for p in described.parameters if is_time(p.name)]
    if described.n_events < 2 or not (
        chosen.raw.text.get("$VOL") and len(clocks) == 1 and chosen.raw.text.get("$TIMESTEP")
    ):
        return described
    sample = Sample(Path(), described, events)
    seconds = time_seconds(sample.linear(clocks[0].index))
    others = tuple(f for f in described.findings if f.check != "volume_unit_uncertain")
    if seconds is None:
        return replace(described, volume_ul=None, findings=(*others, NOT_MONOTONE))
    amount = volume(chosen.raw.text, seconds)
    return replace(described, volume_ul=amount.microlitres, findings=(*others, *amount.findings))
