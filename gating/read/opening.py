"""A file's bytes -> its data sets, described, and which of them is used unless the user names one."""

import mmap
from dataclasses import dataclass
from pathlib import Path

from gating.errors import NotFCSError, ReadError
from gating.read.chain import walk
from gating.read.describing import Described, describe, with_repairs
from gating.read.lmd import are_twins, graft


@dataclass(frozen=True, slots=True)
class Opened:
    """What HEADER and TEXT of a file say."""

    described: tuple[Described, ...]
    default: int | None
    """1-based; None: the user names one."""
    decision: str
    twins: bool = False
    """Beckman LMD: two data sets of the same events."""


def map_file(path: Path) -> mmap.mmap:
    """The whole file, mapped for reading. Raises NotFCSError where it is empty, ReadError where it cannot be opened."""
    try:
        with path.open("rb") as handle:
            return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        message = "Not an FCS file: it is empty (0 bytes). Copy the file again from the instrument."
        raise NotFCSError(message) from None
    except OSError as error:
        message = f"The file cannot be opened: {error.strerror}. Check its name and that it may be read."
        raise ReadError(message) from error


def open_data_sets(file: mmap.mmap) -> Opened:
    """Parse HEADER and TEXT of every data set. Raises ReadError where the first cannot be parsed."""
    raws, chain_repairs = walk(file)
    described = tuple(with_repairs(describe(raw), chain_repairs) for raw in raws)
    return _decided(described)


def _decided(described: tuple[Described, ...]) -> Opened:
    if len(described) == 1:
        return Opened(described, 1, "The file holds one data set.")
    if len(described) == 2 and are_twins(*described):
        pair = graft(*described)
        decision = (
            f"Two data sets of the same {pair[1].data_set.n_events} events (Beckman LMD): data set 2 is used "
            f"({pair[1].data_set.version}, linear, not compensated); stain names and $DFCiTOj are taken "
            "from data set 1, whose values are rougher and already compensated."
        )
        return Opened(pair, 2, decision, twins=True)
    sizes = ", ".join(f"{one.data_set.number}: {one.data_set.n_events} events" for one in described)
    decision = f"The file holds {len(described)} data sets that are different samples ({sizes}); none is the default."
    return Opened(described, None, decision)
