"""`tregate init`: a folder of FCS files -> study.yaml and samples.csv to edit."""

from pathlib import Path
from typing import Any

from tregate.pipelines.study.draft import draft
from tregate.pipelines.study.draft_files import Beads, write_draft
from tregate.pipelines.study.draft_words import reading_lines, summary_lines


def init_study(
    folder: Path, pattern: str | None, beads: Beads, *, preview: bool, force: bool
) -> tuple[dict[str, Any], list[str]]:
    """What was recognised, for a script and for a person; with `preview` nothing is written."""
    made = draft(folder, pattern)
    lines = summary_lines(made)
    told: dict[str, Any] = {
        "study": None,
        "samples": None,
        "visits": list(made.visits),
        "order_not_known": list(made.uncertain),
        "used": len(made.used),
        "not_read": [str(one.path) for one in made.unread],
        "pattern": made.pattern or None,
        "excluded": [{"file": str(one.path), "reason": one.exclude} for one in made.excluded],
    }
    if preview:
        return told, [*lines, "Every file:", *reading_lines(made.seen), "Nothing was written (--preview)."]
    study, samples = write_draft(made, folder, beads, force=force)
    told |= {"study": str(study), "samples": str(samples)}
    return told, [*lines, f"Wrote {study} and {samples}. Review both files, then run: tregate check {folder}"]
