"""Spillover matrices among the keywords: usable ones as Spillover, the others as findings.

A name that is no channel is never guessed, and a matrix that cannot be inverted is no matrix. Whether a finding
matters is decided when a matrix is needed, so all are reported as `info`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Spillover
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.decimal_commas import decimal_comma_values, looks_decimal_comma
from tregate.gating.read.detectors import fluorescence_number, is_fluorescence, one_per_detector
from tregate.gating.read.matrix_names import match_names, renamed_words
from tregate.gating.read.matrix_shape import diagonal_fault, in_fractions, shape_fault, unit_diagonal
from tregate.gating.read.numbers import as_integer, as_real
from tregate.gating.read.text import Text
from tregate.gating.units import Channel

FloatArray = npt.NDArray[np.float64]

KEYWORDS = ("$SPILLOVER", "SPILLOVER", "SPILL", "$SPILL", "$COMP", "COMP")
MAX_CHANNELS = 1000
MAX_SPILLOVER = 1e6
"""A fraction, or percent; no larger number is a spillover."""
SINGULAR_CONDITION = 1e8
"""A condition number from which a matrix of 3 to 6 written digits says nothing."""

_DFC = re.compile(r"\$DFC([0-9]{1,3})TO([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One keyword's matrix, if it is usable, and what there is to say about it."""

    spillover: Spillover | None
    findings: tuple[Finding, ...]


def spillovers(text: Text, names: tuple[Channel, ...]) -> tuple[tuple[Spillover, ...], tuple[Finding, ...]]:
    """Matrices that name channels of the file, in the order tregate prefers them, and what is wrong with the rest.

    Order: $SPILLOVER, SPILLOVER, SPILL, $SPILL, $COMP, COMP, $DFCiTOj; identity matrices after all others, since
    they state nothing.
    """
    candidates = [_keyword(key, text.values[key], names) for key in KEYWORDS if key in text.values]
    candidates.append(coulter_percent(text, names))
    if "DET_SPILL" in text.values:
        message = "DET_SPILL is a matrix for display on the instrument, so it is not used."
        candidates.append(Candidate(None, (_doubt("spillover_display_matrix", message),)))
    return in_preference([c.spillover for c in candidates if c.spillover]), tuple(
        finding for candidate in candidates for finding in candidate.findings
    )


def in_preference(found: list[Spillover]) -> tuple[Spillover, ...]:
    """The same order, identity matrices last."""
    return tuple(sorted(found, key=lambda spillover: is_identity(spillover.matrix)))


def is_identity(matrix: FloatArray) -> bool:
    return bool(np.array_equal(matrix, np.eye(len(matrix))))


def coulter_percent(text: Text, names: tuple[Channel, ...], source: str = "$DFCiTOj") -> Candidate:
    """`$DFCiTOj`: percent of FLi to subtract from FLj; i and j are FL numbers, not parameter numbers."""
    pairs: dict[tuple[int, int], float] = {}
    for key, written in text.values.items():
        match = _DFC.fullmatch(key)
        if not match:
            continue
        value = as_real(written)
        if value is None:
            message = f"{key} is {written!a}, not a percentage."
            return Candidate(None, (_doubt("spillover_unreadable", message),))
        if match[1] != match[2]:
            pairs[int(match[1]), int(match[2])] = value / 100
    if not pairs:
        return Candidate(None, ())
    channels = {fluorescence_number(names[i]): i for i in reversed(one_per_detector(names))}
    absent = sorted({number for pair, value in pairs.items() if value for number in pair if number not in channels})
    if absent:
        message = f"$DFCiTOj names {', '.join(f'FL{n}' for n in absent)}, which the file does not have."
        return Candidate(None, (_doubt("spillover_unknown_channel", message, len(absent)),))
    numbers = sorted(n for n in channels if n is not None and any(n in pair for pair in pairs))
    if len(numbers) < 2:
        return Candidate(None, ())
    matrix = np.eye(len(numbers))
    for row, i in enumerate(numbers):
        for column, j in enumerate(numbers):
            if i != j:
                matrix[row, column] = pairs.get((i, j), 0.0)
    return _judged(source, tuple(names[channels[n]] for n in numbers), matrix, ())


@lru_cache(maxsize=8)
def _keyword(key: str, value: str, names: tuple[Channel, ...]) -> Candidate:
    tokens = [token.strip() for token in value.rstrip(", ").split(",")]
    size = as_integer(tokens[0])
    if size is None or not 1 <= size <= MAX_CHANNELS:
        shown = "a label" if size is None and value else "empty"
        message = f"{key} contains no matrix ({shown})."
        return Candidate(None, (_doubt("spillover_unreadable", message),))
    if key in ("$COMP", "COMP") and len(tokens) == 1 + size * size:
        return _all_parameters(key, size, tokens[1:], names)
    entries = tuple(tokens[1 + size :])
    doubts: tuple[Finding, ...] = ()
    matrix: FloatArray | None
    if len(entries) == size * size:
        matrix = _matrix(list(entries), size)
    else:
        read = decimal_comma_values(entries, size)
        if read is None:
            return Candidate(None, (_doubt("spillover_unreadable", _wrong_number(key, len(tokens), size, entries)),))
        matrix = np.array(read).reshape(size, size)
        message = f"{key} is written with decimal commas: read in the one way in which its diagonal is 1."
        doubts = (_doubt("spillover_decimal_comma", message),)
    if matrix is None:
        return Candidate(None, (_doubt("spillover_unreadable", f"{key} contains entries that are not numbers."),))
    return _named(key, tokens[1 : 1 + size], matrix, names, doubts)


def _wrong_number(key: str, tokens: int, size: int, entries: tuple[str, ...]) -> str:
    if looks_decimal_comma(entries, size):
        return (
            f"{key} seems to be written with decimal commas, which separate its entries too, so its {size} x {size} "
            "values cannot be distinguished. Export the file with a decimal point, or give the matrix as CSV."
        )
    return (
        f"{key} states {size} channels but contains {tokens - 1} entries ({size} names and {size * size} numbers are "
        "required)."
    )


def _all_parameters(key: str, size: int, tokens: list[str], names: tuple[Channel, ...]) -> Candidate:
    """`$COMP`: n x n over all parameters; reduced to one row per fluorescence detector."""
    matrix = _matrix(tokens, size)
    if matrix is None or size != len(names):
        message = f"{key} is {size} x {size} without names, but the file has {len(names)} parameters."
        return Candidate(None, (_doubt("spillover_unreadable", message),))
    kept = one_per_detector(names)
    if len(kept) < 2:
        return Candidate(None, ())
    return _judged(key, tuple(names[i] for i in kept), matrix[np.ix_(kept, kept)], ())


def _named(
    key: str, written: list[str], matrix: FloatArray, names: tuple[Channel, ...], doubts: tuple[Finding, ...]
) -> Candidate:
    findings: list[Finding] = list(doubts)
    matched = match_names(written, names)
    resolved = list(matched.indices)
    numbers = [as_integer(name) for name in written]
    numbered = all(index is None for index in resolved) and all(n is not None and 1 <= n <= len(names) for n in numbers)
    if numbered:
        resolved = [n - 1 for n in numbers if n is not None]
        shown = ", ".join(str(names[i]) for i in resolved if i is not None)
        findings.append(_doubt("spillover_numeric_names", f"{key} names parameters by number; read as {shown}."))
    elif matched.renamed:
        findings.append(_doubt("spillover_names_matched", f"{key}: read {renamed_words(matched.renamed)}."))
    known = [i for i, index in enumerate(resolved) if index is not None]
    if len(known) < len(written):
        absent = [written[i] for i in range(len(written)) if i not in known]
        usable = len(known) > 1 and _stand_apart(matrix, known)
        consequence = "the rest is used without spillover to or from them" if usable else "the matrix is not used"
        where = "twice in the file" if set(absent) <= set(matched.twice) else "not in this file"
        message = f"{key} names {', '.join(map(ascii, absent[:3]))}, which are {where}: {consequence}."
        findings.append(_doubt("spillover_unknown_channel", message, len(absent)))
        if not usable:
            return Candidate(None, tuple(findings))
        matrix = matrix[np.ix_(known, known)]
    indices = [index for index in resolved if index is not None]
    if len(set(indices)) < len(indices):
        message = f"{key} names one channel twice, so the matrix is not used."
        return Candidate(None, (*findings, _doubt("spillover_unreadable", message)))
    channels = tuple(names[i] for i in indices)
    kept = [i for i, name in enumerate(channels) if is_fluorescence(name)]
    if len(kept) < len(channels):
        refused = numbered or len(kept) < 2 or not _stand_apart(matrix, kept)
        findings.append(scatter_finding(key, channels, refused))
        if refused:
            return Candidate(None, tuple(findings))
        channels, matrix = tuple(channels[i] for i in kept), matrix[np.ix_(kept, kept)]
    return _judged(key, channels, matrix, tuple(findings))


def scatter_finding(source: str, channels: Sequence[Channel], refused: bool) -> Finding:
    """Scatter and time in a matrix: refused, or passed over where nothing spills to or from them."""
    named = ", ".join(name for name in channels if not is_fluorescence(name))
    if not refused:
        return _doubt("spillover_scatter", f"{source} names {named}, which are not compensated: the rest is used.")
    message = (
        f"{source} would compensate {named}: scatter and time have no spillover, so the matrix is of other channels "
        "(named by position?) and is not used."
    )
    return _doubt("spillover_scatter", message)


def _stand_apart(matrix: FloatArray, known: list[int]) -> bool:
    """Whether nothing spills between the known channels and the others: then they can be left out exactly."""
    others = [i for i in range(len(matrix)) if i not in known]
    return not matrix[np.ix_(known, others)].any() and not matrix[np.ix_(others, known)].any()


def _judged(source: str, channels: tuple[Channel, ...], matrix: FloatArray, doubts: tuple[Finding, ...]) -> Candidate:
    matrix, percent = in_fractions(matrix)
    if percent:
        doubts = (*doubts, _doubt("spillover_percent", f"{source} is written in percent; it was divided by 100."))
    fault = diagonal_fault(source, channels, matrix)
    if fault is not None:
        return Candidate(None, (*doubts, _doubt(fault.check, fault.message)))
    condition = condition_number(matrix)
    if condition > SINGULAR_CONDITION:
        kept = one_per_detector(channels)
        if 1 < len(kept) < len(channels):
            message = f"{source} is singular for several signals of one detector; it was reduced to one per detector."
            smaller = tuple(channels[i] for i in kept)
            return _judged(source, smaller, matrix[np.ix_(kept, kept)], (*doubts, _doubt("spillover_reduced", message)))
        message = f"{source} is singular, so it cannot be used."
        return Candidate(None, (*doubts, _doubt("spillover_singular", message)))
    fault = shape_fault(source, channels, matrix)
    if fault is not None:
        return Candidate(None, (*doubts, _doubt(fault.check, fault.message)))
    matrix, uneven = unit_diagonal(source, matrix)
    if uneven:
        doubts = (*doubts, _doubt("spillover_diagonal_not_one", uneven))
    if is_identity(matrix):
        message = f"{source} is an identity matrix, so it is unknown whether the data are compensated."
        doubts = (*doubts, _doubt("spillover_identity", message))
    matrix.flags.writeable = False
    return Candidate(Spillover(source, channels, matrix), doubts)


def condition_number(matrix: FloatArray) -> float:
    """Ratio of the largest to the smallest singular value; infinite above SINGULAR_CONDITION.

    Whether the smallest singular value of a singular matrix comes out as 0 or as 1e-17 depends on the processor's
    linear algebra, and so do the last digits of the ratio (relative error about condition number x 2e-16). Hence the
    limit, and 6 significant digits: they are the same on every processor.
    """
    singular = np.linalg.svd(matrix, compute_uv=False)
    if singular[-1] * SINGULAR_CONDITION < singular[0] or singular[0] == 0.0:
        return float("inf")
    return float(f"{singular[0] / singular[-1]:.6g}")


def _matrix(tokens: list[str], size: int) -> FloatArray | None:
    values = [as_real(token) for token in tokens]
    if any(value is None or abs(value) > MAX_SPILLOVER for value in values):
        return None
    return np.array(values, dtype=np.float64).reshape(size, size)


def _doubt(check: str, message: str, value: float | None = None) -> Finding:
    return Finding(check, Severity.INFO, message, value=None if value is None else float(value))
