"""A draft as study.yaml and samples.csv to begin with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.read.regular_file import read_regular
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.console import Console
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import csv_of
from tregate.pipelines.files.csv_source import read_csv_source
from tregate.pipelines.files.table import Table
from tregate.pipelines.study.absent_in_files import absent_in_all, absent_lines
from tregate.pipelines.study.draft import Draft, draft
from tregate.pipelines.study.draft_words import summary_lines
from tregate.pipelines.study.load_study import STUDY_FILE
from tregate.pipelines.study.misnamed import misnamed_studies, rename
from tregate.pipelines.study.samples import REQUIRED
from tregate.pipelines.study.sources import counts_beads

SAMPLES_FILE = "samples.csv"
LOTS_FILE = "bead_lots.csv"
BACKUP = ".bak"
TYPED = ("bead_lot", "bead_volume_ul", "blood_volume_ul", "beads_per_tube", "dilution")
"""Cells that a person types, carried over by file when a draft is made again."""
COLUMNS = (*REQUIRED, *TYPED, "compensation", "dataset", "include_in_primary", "control", "exclude", "note")


@dataclass(frozen=True, slots=True)
class Beads:
    """Beads that are the same in every bead tube, for `beads:` of study.yaml."""

    lot: str = ""
    bead_volume_ul: float | None = None
    blood_volume_ul: float | None = None

    @property
    def given(self) -> bool:
        return bool(self.lot) or self.bead_volume_ul is not None or self.blood_volume_ul is not None


def write_draft(made: Draft, folder: Path, beads: Beads, *, force: bool = False) -> tuple[Path, ...]:
    """Write study.yaml and samples.csv into `folder`; with `force` in place of those there, which are kept as .bak.

    A given lot has a row in bead_lots.csv, where there is none yet. Returns the files that were written.

    Bead cells that were typed into the earlier samples.csv stay with their files. Raises ConfigurationError where one
    of the two is there and `force` is not given; a samples.csv of a draft that was broken off is no obstacle.
    """
    paths = folder / STUDY_FILE, folder / SAMPLES_FILE
    there = [path for path in paths if path.exists()]
    if there == [paths[1]] and not force and _is_begun(paths[1], samples_text(made, folder, {})):
        there = []
    if there and not force:
        remedy = "`--preview` shows the reading and writes nothing; `--force` replaces it and keeps the old as .bak."
        message = "already exists; init does not overwrite it."
        raise ConfigurationError([Problem(str(path), None, message, remedy) for path in there])
    typed = _typed(paths[1]) if paths[1].exists() else {}
    texts = study_text(made, beads), samples_text(made, folder, typed)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in reversed(list(zip(paths, texts, strict=True))):  # a study.yaml is the last to be there
        if path.exists() and force:
            path.replace(path.with_name(path.name + BACKUP))
        write_text(path, text)
    if beads.lot and not (folder / LOTS_FILE).exists():
        lot = Table("bead_lots", ("bead_lot", "beads_per_ul", "expires"), ((beads.lot, "", ""),))
        write_text(folder / LOTS_FILE, csv_of(lot))
        return (*paths, folder / LOTS_FILE)
    return paths


def _is_begun(path: Path, text: str) -> bool:
    """Whether a file is what a draft that was broken off left: the very bytes that are about to be written."""
    return read_regular(path) == text.encode("utf-8", errors="backslashreplace")


def study_for_run(path: Path, out: Path, console: Console) -> Path:
    """`path`, or, for a folder without a study.yaml, one written into `out` as `init` would set it up.

    Raises ConfigurationError where the folder cannot be recognised, where what a person wrote in it would be passed
    over (a study.yaml by another name, a samples.csv), or where `out` holds another study.
    """
    if not path.is_dir() or (path / STUDY_FILE).exists():
        return path
    near = misnamed_studies(path)
    if near:
        message = f"the folder contains no {STUDY_FILE}, but {' and '.join(near)}."
        raise ConfigurationError([Problem(str(path), None, message, rename(near))])
    made = draft(path)
    _refuse_own_sheet(made, path)
    written = {out / STUDY_FILE: study_text(made, Beads()), out / SAMPLES_FILE: samples_text(made, out, {})}
    for file, text in written.items():
        if file.exists() and read_regular(file) != text.encode("utf-8", errors="backslashreplace"):
            message = f"already exists and differs from the study that tregate would create for {path}."
            remedy = f"Run that study (tregate run {out / STUDY_FILE} --out ...), or choose another --out."
            raise ConfigurationError([Problem(str(file), None, message, remedy)])
    out.mkdir(parents=True, exist_ok=True)
    for file, text in written.items():
        write_text(file, text)
    console.warn(f"{path} contains no {STUDY_FILE}; tregate creates one as `tregate init` would.")
    say = console.warn if made.unread or made.noisy else console.tell
    for line in summary_lines(made):
        say(line)
    console.tell(f"Study written to {out / STUDY_FILE}; add the bead loads there and run it for cells/µL.")
    return out / STUDY_FILE


def _refuse_own_sheet(made: Draft, folder: Path) -> None:
    """Raise ConfigurationError where the folder has a sheet of samples: a study drafted from names would not read it.

    A sheet of that name without a column `file` is of another program, and one that `init` was about to write says
    nothing that file names do not.
    """
    for sheet in (folder / SAMPLES_FILE, folder / SAMPLES_FILE.replace(".csv", ".xlsx")):
        if not sheet.is_file() or "file" not in read_csv_source(sheet, str(sheet))[0].columns:
            continue
        if not _is_begun(sheet, samples_text(made, folder, {})):
            message = f"this sheet has no {STUDY_FILE} beside it, so its subjects, visits and exclusions would be lost."
            remedy = (
                f"Write {STUDY_FILE} for it, or move the sheet away. `tregate init --force` replaces it, and "
                f"keeps it as {BACKUP}."
            )
            raise ConfigurationError([Problem(str(sheet), None, message, remedy)])


def _typed(path: Path) -> dict[str, Mapping[str, str]]:
    """File -> what was typed into its bead columns. A sheet that cannot be read gives nothing: it stays as .bak."""
    source, _ = read_csv_source(path, str(path))
    return {
        row.get("file"): {column: row.get(column) for column in TYPED if row.get(column)}
        for row in source.rows
        if row.get("file")
    }


# ---------------------------------------------------------------- as text


def study_text(made: Draft, beads: Beads) -> str:
    """study.yaml of a draft."""
    tubes = {one.named.tube: one.strategy for one in made.used if one.named.tube}
    named = "".join(f"  {_yaml(tube)}: {strategy}\n" for tube, strategy in sorted(tubes.items()))
    absent = absent_in_all((one.named.tube, one.absent) for one in made.used if one.named.tube)
    unsure = f"# order not known: {', '.join(made.uncertain)}; check `visits:`\n" if made.uncertain else ""
    visits = ", ".join(_yaml(visit) for visit in made.visits)
    lots = f"bead_lots: {LOTS_FILE}\n{_beads_text(tubes, beads)}" if beads.given else f"# bead_lots: {LOTS_FILE}\n"
    asked = _LOTS_GIVEN if beads.given else _LOTS_ASKED
    return (
        "# Written by `tregate init` from file names and stains. Review it, then run: tregate check\n"
        f"study: {_yaml(made.folder.resolve().name)}\n"
        f"samples: {SAMPLES_FILE}\n"
        f"{asked}{lots}"
        f"{unsure}"
        f"visits: [{visits}]   # in order; the first is the baseline\n"
        "tubes:                # tube name in samples.csv -> strategy (a shipped name or a path)\n"
        f"{named}"
        "tables: treg_nk       # which measures the visit tables contain, and how Teff is defined\n"
        "# preparation_cv_percent: 2.6   # uncertainty of pipetting and lysing; default 0\n"
        f"{absent_lines(absent, _yaml)}{made.odd_names}"
    )


_LOTS_ASKED = (
    "# For cells/µL: list the bead lots (bead_lot,beads_per_ul,expires), fill in bead_lot, bead_volume_ul and\n"
    "# blood_volume_ul in samples.csv (or `beads:` here), and remove the # from the next line.\n"
)
_LOTS_GIVEN = (
    f"# For cells/µL: fill in beads_per_ul and expires of every lot in {LOTS_FILE}. Each bead tube needs a lot,\n"
    "# bead_volume_ul and blood_volume_ul, in samples.csv or in `beads:` here.\n"
)


def _beads_text(tubes: Mapping[str, str], beads: Beads) -> str:
    """`beads:` for every kind of tube that counts them."""
    declared = [f"lot: {_yaml(beads.lot)}"] if beads.lot else []
    declared += [] if beads.bead_volume_ul is None else [f"bead_volume_ul: {beads.bead_volume_ul:.15g}"]
    declared += [] if beads.blood_volume_ul is None else [f"blood_volume_ul: {beads.blood_volume_ul:.15g}"]
    counting = [tube for tube, name in sorted(tubes.items()) if counts_beads(load_strategy(name))]
    lines = "".join(f"  {_yaml(tube)}: {{{', '.join(declared)}}}\n" for tube in counting)
    return f"beads:                # for rows of samples.csv that do not say otherwise\n{lines}" if lines else ""


def samples_text(made: Draft, relative_to: Path, typed: Mapping[str, Mapping[str, str]]) -> str:
    """samples.csv of a draft; `file` is relative to a folder."""
    rows = []
    for one in made.seen:
        file = Path(os.path.relpath(one.path, relative_to)).as_posix()
        cells = {
            **dict.fromkeys(COLUMNS, ""),
            "file": file,
            "subject": one.named.subject,
            "visit": one.named.visit,
            "tube": one.named.tube,
            "control": one.control,
            "exclude": one.exclude,
            "note": one.note,
            **typed.get(file, {}),
        }
        rows.append(tuple(cells[column] for column in COLUMNS))
    return csv_of(Table("samples", COLUMNS, tuple(rows)))


def _yaml(text: str) -> str:
    """A YAML scalar that reads back as this text."""
    plain = text.replace("-", "").replace("_", "").replace(".", "").replace(" ", "")
    if plain.isalnum() and plain.isascii() and text[:1].isalpha() and text.strip() == text:
        return text if text.lower() not in ("yes", "no", "true", "false", "null", "on", "off") else f'"{text}"'
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
