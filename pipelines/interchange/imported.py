"""`tregate import`: gates of another program as a strategy, as places for replay, and as a comparison of counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.interchange.agreement import Line, agreement_table
from tregate.pipelines.interchange.agreement_lines import lines_apart, lines_on_file, lines_without_file
from tregate.pipelines.interchange.drawn import Drawn, DrawnApart, DrawnMatrix
from tregate.pipelines.interchange.gated_sample import GatedSample, gate_sample
from tregate.pipelines.interchange.imported_study import write_study
from tregate.pipelines.interchange.on_files import on_files
from tregate.pipelines.interchange.programs import drawn_of
from tregate.pipelines.interchange.sample_files import Matched
from tregate.pipelines.interchange.samples_of_a_file import LeftOut, kept_of_each_file, left_out

OWN_FILES = ("study.yaml", "samples.csv", "strategy.yaml", "gates.csv")
"""Files that an import writes and a person may have edited: they are not replaced."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote."""

    lines: tuple[Line, ...]
    matched: tuple[Matched, ...]
    files: tuple[str, ...]
    """Names of the files written, in the folder."""
    only_by_gates: tuple[str, ...] = ()
    """Files on which the fixed shapes of a strategy count otherwise than the places of gates.csv."""
    exchanged: tuple[str, ...] = ()
    """Files whose height and width of scatter were taken for each other, as the stored counts say."""
    apart: tuple[DrawnApart, ...] = ()
    """Gates that are drawn for no sample."""
    left_out: tuple[LeftOut, ...] = ()
    """Samples that have a file in common with another, whose gates the study has."""


def import_file(path: Path, folder: Path, out: Path) -> Imported:
    """Read the gates of `path`, gate the FCS files of `folder` by them, and write the result into `out`.

    Raises ConfigurationError where the file cannot be read, the folder holds no FCS file, or no sample fits a file.
    """
    with np.errstate(all="ignore"):  # numbers that are too large become infinite, and are refused for that
        drawn = drawn_of(path)
    matched = on_files(path, drawn, folder)
    there = [name for name in OWN_FILES if (out / name).exists()]
    if there:
        message = f"the folder contains {', '.join(there)}, which an import does not replace."
        raise ConfigurationError([Problem(str(out), None, message, "Give a new folder with --out.")])
    out.mkdir(parents=True, exist_ok=True)
    return _write(drawn, matched, out)


def _write(drawn: Drawn, matched: Sequence[Matched], out: Path) -> Imported:
    matrices: dict[DrawnMatrix, str] = {}
    every = [
        one if one.sample is None else gate_sample(number, one, one.sample, drawn, matrices, out)
        for number, one in enumerate(matched, start=1)
    ]
    gated = [one for one in every if isinstance(one, GatedSample)]
    kept = kept_of_each_file(gated)
    lines = [
        line
        for one in every
        for line in (lines_on_file(one, kept) if isinstance(one, GatedSample) else lines_without_file(one))
    ]
    lines += [line for one in drawn.apart for line in lines_apart(one)]
    tubes = [one.tube for one in gated if kept.get(one.tube.sample.path) is one]
    used = [name for name in matrices.values() if any(tube.matrix == name for tube in tubes)]
    for name in set(matrices.values()).difference(used):
        (out / name).unlink()
    study = write_study(tubes, out)
    write_csv(agreement_table(lines), out / "agreement.csv", digits=None)
    return Imported(
        lines=tuple(lines),
        matched=tuple(matched),
        files=(*used, *study, "agreement.csv"),
        only_by_gates=tuple(one.matched.file for one in gated if not one.same),
        exchanged=tuple(one.matched.file for one in gated if one.turned),
        apart=drawn.apart,
        left_out=tuple(left_out(gated, kept)),
    )
