"""Parameters: what `$PnN`, `$PnS`, `$PnB`, `$PnR`, `$PnE`, `$PnG` and `$TIMESTEP` say of each channel."""

from tregate.gating.errors import MalformedError
from tregate.gating.events import Parameter
from tregate.gating.read.numbers import as_real
from tregate.gating.read.text import Text
from tregate.gating.units import Channel

TIME_NAMES = frozenset({"time", "hdr-t"})
MAX_PARAMETERS = 4096
MAX_DECADES = 20.0
MAX_OFFSET = 1e9
MAX_FACTOR = 1e9
"""Gains and time steps lie between its inverse and it."""


def parameter_count(text: Text, where: str) -> int:
    """`$PAR`, refused before anything is made of it where TEXT cannot describe so many. Raises MalformedError."""
    count = text.integer("$PAR")
    if count is None or count < 1:
        raise MalformedError(
            f"{where}: $PAR is {text.shown('$PAR')}, not the number of parameters. Copy or export the file again."
        )
    if count > min(MAX_PARAMETERS, len(text.values)):
        raise MalformedError(
            f"{where}: $PAR states {count} parameters, but TEXT has only {len(text.values)} keywords. Copy or "
            "export the file again."
        )
    return count


def channel_names(text: Text, count: int) -> tuple[Channel, ...]:
    """`$PnN`, or "P7" where it is absent (FCS2.0 allows that)."""
    return tuple(Channel(text.get(f"$P{number}N") or f"P{number}") for number in range(1, count + 1))


def is_time(name: str) -> bool:
    return name.strip().lower() in TIME_NAMES


def parameters(
    text: Text, names: tuple[Channel, ...], bits: tuple[int, ...], floats: tuple[bool, ...]
) -> tuple[Parameter, ...]:
    """One Parameter per channel.

    Time is stored x `$TIMESTEP`. BD writes the step as Time's `$PnG` too; dividing by it would undo the step, and the
    durations of real files agree with their clocks only if that gain is left out. Log amplification is taken over for
    integers only: float values are linear or already logarithms, which the file does not say (float_log_channels).
    """
    timestep = _within(as_real(text.get("$TIMESTEP")))
    made = []
    for index, name in enumerate(names):
        number = index + 1
        decades, offset = amplification(text, number)
        made.append(
            Parameter(
                index=index,
                name=name,
                stain=text.get(f"$P{number}S") or "",
                bits=bits[index],
                range=as_real(text.get(f"$P{number}R")) or float(2 ** min(bits[index], 63)),
                decades=0.0 if floats[index] else decades,
                offset=0.0 if floats[index] or decades == 0 else offset,
                gain=1.0 if is_time(name) else _gain(text, number),
                step=timestep if timestep is not None and is_time(name) else 1.0,
                voltage=as_real(text.get(f"$P{number}V")),
            )
        )
    return tuple(made)


def amplification(text: Text, number: int) -> tuple[float, float]:
    """`$PnE` as (decades, value at 0); (0, 0) for linear. `4,0` stands for `4,1`."""
    first, _, second = (text.get(f"$P{number}E") or "").partition(",")
    decades, offset = as_real(first), as_real(second)
    if decades is None or not 0 < decades <= MAX_DECADES or (offset or 0.0) > MAX_OFFSET:
        return 0.0, 0.0
    return decades, offset if offset is not None and offset > 0 else 1.0


def unusable_scalings(text: Text, count: int) -> tuple[str, ...]:
    """`$PnE`, `$PnG` and `$TIMESTEP` that say something, and nothing that an instrument can mean."""
    odd = []
    for number in range(1, count + 1):
        written = text.get(f"$P{number}E") or ""
        decades, offset = (as_real(part) for part in (written.partition(",")[0], written.partition(",")[2] or "0"))
        sound = decades is not None and 0 <= decades <= MAX_DECADES and offset is not None and offset <= MAX_OFFSET
        if written and not sound:
            odd.append(f"$P{number}E {written!a}")
        written = text.get(f"$P{number}G") or ""
        if written and as_real(written) != 0 and _within(as_real(written)) is None:
            odd.append(f"$P{number}G {written!a}")
    written = text.get("$TIMESTEP") or ""
    if written and as_real(written) != 0 and _within(as_real(written)) is None:
        odd.append(f"$TIMESTEP {written!a}")
    return tuple(odd)


def float_log_channels(text: Text, floats: tuple[bool, ...]) -> tuple[int, ...]:
    """0-based float parameters whose `$PnE` claims log amplification: linear already, or logarithms."""
    return tuple(i for i, is_float in enumerate(floats) if is_float and amplification(text, i + 1)[0] > 0)


def _gain(text: Text, number: int) -> float:
    return _within(as_real(text.get(f"$P{number}G"))) or 1.0


def _within(value: float | None) -> float | None:
    """A gain or a time step that an instrument can have, else None."""
    return value if value is not None and 1 / MAX_FACTOR <= value <= MAX_FACTOR else None
