"""`tregate init`: a folder of FCS files -> study.yaml and samples.csv to edit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tregate.pipelines.commands.as_json import print_json
from tregate.pipelines.commands.exit_codes import exit_codes_for_errors
from tregate.pipelines.commands.options import Json

if TYPE_CHECKING:
    from tregate.pipelines.study.draft_files import Beads


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of FCS files.")],
    pattern: Annotated[
        str | None, typer.Option(help="Pattern of the file names, for example '{subject}_{visit}_{tube}'.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show how each file name is read; write nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace existing files; the old ones are kept as .bak.")
    ] = False,
    bead_lot: Annotated[str, typer.Option(help="Bead lot of all bead tubes.")] = "",
    bead_volume: Annotated[float | None, typer.Option(min=0.0, help="Bead volume per tube [µL].")] = None,
    blood_volume: Annotated[float | None, typer.Option(min=0.0, help="Blood volume per tube [µL].")] = None,
    as_json: Json = False,
) -> None:
    """Write study.yaml and samples.csv for a folder of FCS files. Does not overwrite files."""
    with exit_codes_for_errors():
        from tregate.pipelines.study.draft_files import Beads

        beads = Beads(bead_lot, bead_volume, blood_volume)
        plain, lines = init_study(folder, pattern, beads, preview=preview, force=force)
        if as_json:
            print_json(plain)
        else:
            print("\n".join(lines))


def init_study(
    folder: Path, pattern: str | None, beads: Beads, *, preview: bool, force: bool
) -> tuple[dict[str, Any], list[str]]:
    """What was recognised, for a script and for a person; with `preview` nothing is written."""
    from tregate.pipelines.study.draft import draft
    from tregate.pipelines.study.draft_files import write_draft
    from tregate.pipelines.study.draft_words import reading_lines, summary_lines

    made = draft(folder, pattern)
    lines = summary_lines(made)
    plain: dict[str, Any] = {
        "study": None,
        "samples": None,
        "bead_lots": None,
        "visits": list(made.visits),
        "order_not_known": list(made.uncertain),
        "used": len(made.used),
        "not_read": [str(one.path) for one in made.unread],
        "pattern": made.pattern or None,
        "excluded": [{"file": str(one.path), "reason": one.exclude} for one in made.excluded],
    }
    if preview:
        return plain, [*lines, "Every file:", *reading_lines(made.seen), "Nothing was written (--preview)."]
    written = write_draft(made, folder, beads, force=force)
    study, samples, *lots = (str(path) for path in written)
    plain |= {"study": study, "samples": samples, "bead_lots": lots[0] if lots else None}
    if lots:
        asked = f"Enter the beads/µL in {lots[0]}, review the other files, then run: tregate check {folder}"
        return plain, [*lines, f"Wrote {study}, {samples} and {lots[0]}. {asked}"]
    return plain, [*lines, f"Wrote {study} and {samples}. Review both files, then run: tregate check {folder}"]
