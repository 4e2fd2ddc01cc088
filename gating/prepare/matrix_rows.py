"""A matrix from a CSV -> a matrix of this file: its names found, its rows in the order of its columns.

A row's label may be a channel, a stain, or the name of the single-stain control that the row was computed from.
"""

from collections.abc import Sequence

import numpy as np

from tregate.gating.errors import CompensationError
from tregate.gating.events import Parameter, Spillover
from tregate.gating.findings import Finding, Severity
from tregate.gating.panel import words
from tregate.gating.prepare.matrix_csv import WrittenMatrix
from tregate.gating.read.detectors import is_fluorescence
from tregate.gating.read.matrix_names import match_names, plain_name, renamed_words
from tregate.gating.read.matrix_shape import FloatArray, rows_out_of_place, shape_fault, unit_diagonal
from tregate.gating.units import Channel

Resolved = tuple[Spillover, tuple[Finding, ...]]


def resolve(written: WrittenMatrix, source: str, parameters: Sequence[Parameter]) -> Resolved:
    """Find the matrix's names among a file's channels (`$PnN`), else among its stains (`$PnS`), and order its rows.

    source: name of the CSV. Raises CompensationError where a name is no channel, or names two; where rows are in
    another order than the columns and their labels do not say which; where scatter or time would be compensated.
    """
    by_name = [str(parameter.name) for parameter in parameters]
    matched = match_names(written.names, by_name, [parameter.stain for parameter in parameters])
    indices = [index for index in matched.indices if index is not None]
    if len(indices) < len(written.names):
        absent = [n for n, index in zip(written.names, matched.indices, strict=True) if index is None]
        raise CompensationError(_unknown(source, absent, matched.twice))
    if len(set(indices)) < len(indices):
        raise CompensationError(f"{source} names one channel twice, by channel and by stain. Correct the CSV.")
    channels: tuple[Channel, ...] = tuple(parameters[index].name for index in indices)
    findings = []
    if matched.renamed:
        findings.append(_info("compensation_names_matched", f"{source}: read {renamed_words(matched.renamed)}."))
    if written.decimal_comma:
        message = f"{source} is written with decimal commas: read as such, its numbers have no other reading."
        findings.append(_info("compensation_decimal_comma", message))
    order = _row_order(source, written, [parameters[index] for index in indices], findings)
    matrix = written.matrix[order]
    channels, matrix = _without_scatter(source, channels, matrix, findings)
    fault = shape_fault(source, channels, matrix)
    if fault is not None:
        raise CompensationError(fault.message)
    matrix, uneven = unit_diagonal(source, matrix)
    if uneven:
        findings.append(_info("compensation_diagonal_not_one", uneven))
    return Spillover(source, channels, matrix), tuple(findings)


def _unknown(source: str, absent: Sequence[str], twice: Sequence[str]) -> str:
    shown = ", ".join(map(ascii, absent[:6]))
    if set(absent) <= set(twice):
        return f"{source} names {shown}: twice in the file, so it is unclear which is meant. Name the channels apart."
    return (
        f"{source} names {shown}: not one channel or stain of this file (`tregate inspect` lists them). "
        "Use the matrix of this panel, or correct the names in the CSV."
    )


def _row_order(source: str, written: WrittenMatrix, columns: Sequence[Parameter], findings: list[Finding]) -> list[int]:
    """Which row of the CSV belongs to each column. Raises CompensationError where that cannot be known."""
    as_written = list(range(len(columns)))
    labelled = _labels_say(written, columns)
    odd = rows_out_of_place(written.matrix)
    if labelled is None or labelled == as_written:
        if odd:
            names = [written.labels[i] or str(columns[i].name) for i in as_written]
            fault = shape_fault(source, [str(column.name) for column in columns], written.matrix, names)
            raise CompensationError(fault.message if fault is not None else f"{source}: rows are out of order.")
        return as_written
    moved = [written.labels[i] for i in as_written if labelled[i] != i]
    if rows_out_of_place(written.matrix[labelled]):
        raise CompensationError(
            f"{source}: the labels of rows {', '.join(moved[:6])} and the largest entries of these rows, which belong "
            "on the diagonal, say different orders. Put the rows in the order of the columns and correct the labels."
        )
    message = f"{source}: rows put in the order of the columns by their labels ({', '.join(moved[:6])})."
    findings.append(_info("compensation_rows_ordered", message))
    return labelled


def _labels_say(written: WrittenMatrix, columns: Sequence[Parameter]) -> list[int] | None:
    """Row per column by the labels; None where they do not say it of every row."""
    if not all(written.labels):
        return None
    keys = [_keys(name, column) for name, column in zip(written.names, columns, strict=True)]
    found = [_column(label, keys) for label in written.labels]
    if None in found or len(set(found)) < len(found):
        return None
    return [found.index(column) for column in range(len(columns))]


def _keys(written: str, column: Parameter) -> list[tuple[str, ...]]:
    """Words by which a label may name a column: the channel, the channel without its -A, the stain, its marker."""
    texts = [written, str(column.name), plain_name(written), plain_name(str(column.name)), column.stain]
    keys = [words(text) for text in texts if text]
    keys += [key[:-1] for key in keys if len(key) > 1 and key[-1] == "A"]
    return list(dict.fromkeys((*keys, words(column.stain)[:1])))


def _column(label: str, keys: Sequence[Sequence[tuple[str, ...]]]) -> int | None:
    """The column of which the label holds the longest name; None where it holds none, or two as long."""
    parts = words(label)
    longest = [max((_length(key, parts) for key in column), default=0) for column in keys]
    best = max(longest, default=0)
    return longest.index(best) if best and longest.count(best) == 1 else None


def _length(key: tuple[str, ...], parts: tuple[str, ...]) -> int:
    """Characters of the key, where its words follow each other in the label."""
    if not key or not any(parts[i : i + len(key)] == key for i in range(len(parts) - len(key) + 1)):
        return 0
    return sum(map(len, key))


def _without_scatter(
    source: str, channels: tuple[Channel, ...], matrix: FloatArray, findings: list[Finding]
) -> tuple[tuple[Channel, ...], FloatArray]:
    """The matrix without scatter and time, where nothing spills to or from them. Raises CompensationError elsewhere."""
    kept = [i for i, name in enumerate(channels) if is_fluorescence(name)]
    others = [i for i in range(len(channels)) if i not in kept]
    if not others:
        return channels, matrix
    named = ", ".join(channels[i] for i in others)
    if len(kept) < 2 or matrix[np.ix_(kept, others)].any() or matrix[np.ix_(others, kept)].any():
        raise CompensationError(
            f"{source} would compensate {named}: scatter and time have no spillover, so the matrix is of other "
            "channels. Write the names of the fluorescence channels into it."
        )
    message = f"{source} names {named}, which are not compensated: the rest is used."
    findings.append(_info("compensation_scatter", message))
    return tuple(channels[i] for i in kept), matrix[np.ix_(kept, kept)]


def _info(check: str, message: str) -> Finding:
    return Finding(check, Severity.INFO, message)
