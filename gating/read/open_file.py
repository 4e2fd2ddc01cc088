"""A file's bytes -> its data sets, described, and which of them is used unless the user names one."""

from dataclasses import dataclass, replace

from tregate.gating.errors import ReadError
from tregate.gating.events import Repair
from tregate.gating.findings import Severity
from tregate.gating.read.data_set_chain import MAX_DATA_SETS, unannounced, walk
from tregate.gating.read.describe import Described, describe, with_repairs
from tregate.gating.read.file_bytes import Buffer
from tregate.gating.read.lmd import (
    are_twins,
    graft,
    is_rough_twin,
    states_spillover,
    with_instrument_compensation,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What HEADER and TEXT of a file say."""

    described: tuple[Described, ...]
    default: int | None
    """1-based; None: the user names one."""
    decision: str
    twins: bool = False
    """Beckman LMD: two data sets of the same events."""
    apart: tuple[Described, ...] = ()
    """The twins before either took anything from the other."""
    cut: bool = False
    """Beckman LMD whose second data set is lost."""


def open_data_sets(file: Buffer) -> Opened:
    """Parse HEADER and TEXT of every data set. Raises ReadError where the first cannot be parsed."""
    chain = walk(file)
    repairs = list(chain.repairs)
    described = [describe(chain.raws[0])]
    for raw in chain.raws[1:]:
        try:
            described.append(describe(raw))
        except ReadError as error:
            message = f"Data set {raw.number} at byte {raw.base} and those after it are skipped: {error}"
            repairs.append(Repair("next-data-ignored", message, Severity.WARN))
            break
    described += _unannounced(file, described, repairs)
    return _decided(tuple(with_repairs(one, tuple(repairs)) for one in described), chain.lost)


def _unannounced(file: Buffer, described: list[Described], repairs: list[Repair]) -> list[Described]:
    """Whole data sets that follow where `$NEXTDATA` says 0, as some instruments write, or leads elsewhere."""
    found: list[Described] = []
    while len(described) + len(found) < MAX_DATA_SETS:
        raw = unannounced(file, (found or described)[-1].raw)
        if raw is None:
            break
        try:
            one = describe(raw)
        except ReadError:
            break
        if one.data is None or one.data_set.n_events == 0:
            break
        found.append(one)
    if found:
        message = (
            f"$NEXTDATA of data set {described[-1].raw.number} is {described[-1].raw.text.shown('$NEXTDATA')} and "
            f"does not point to the {len(found)} data sets that follow from byte {found[0].raw.base} on. They were "
            "ignored."
        )
        repairs.append(Repair("next-data-found", message, Severity.WARN))
    return found


def _decided(described: tuple[Described, ...], lost: int | None) -> Opened:
    if len(described) == 1 and lost is not None and is_rough_twin(described[0]):
        decision = (
            f"Truncated: the second data set (full resolution) should begin at byte {lost} and is not complete. "
            "Copy the file again from the instrument."
        )
        alone = replace(described[0], data_set=replace(described[0].data_set, already_compensated=True))
        return Opened((alone,), None, decision, cut=True)
    if len(described) == 1 and is_rough_twin(described[0]) and states_spillover(described[0]):
        decision = (
            "The file holds one data set, as Beckman instruments write it in FCS2.0 (10 bits): they apply $DFCiTOj "
            "while they acquire, so its values are compensated."
        )
        return Opened((with_instrument_compensation(described[0], decision),), 1, decision)
    if len(described) == 1:
        return Opened(described, 1, "The file contains one data set.")
    if len(described) == 2 and are_twins(*described):
        pair = graft(*described)
        decision = (
            f"Beckman LMD: two data sets of the same {pair[1].data_set.n_events} events. Data set 2 is used "
            f"({pair[1].data_set.version}, linear, not compensated), with the stain names and $DFCiTOj of data set "
            "1."
        )
        return Opened(pair, 2, decision, twins=True, apart=described)
    sizes = ", ".join(f"{one.data_set.number}: {one.data_set.n_events} events" for one in described[:10])
    decision = f"The file contains {len(described)} data sets of different samples ({sizes}); none is the default."
    return Opened(described, None, decision)
