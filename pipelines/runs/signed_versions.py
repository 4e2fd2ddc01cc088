"""Which versions of the strategies a study was signed with, against those that it has now."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.versions import definition_sha256
from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.signed import signatures
from tregate.pipelines.runs.verify import study_folder
from tregate.pipelines.study.load_study import load_study


def version_differences(out: Path, record: Mapping[str, Any], study: Path | None = None) -> Iterator[str]:
    """Strategies of the study that are not what a signature names, in words with both versions and what changed.

    study: folder of the study, where it was moved. Nothing is said where the study cannot be loaded: its files are
    compared apart.
    """
    try:
        signed = signatures(out, read_log(out / AUDIT).decisions)
        file = record.get("study", {}).get("file")
        if not signed or not isinstance(file, str):
            return
        folder = study_folder(out, record) if study is None else study
        now = load_study(folder / Path(file).name).strategies
    except (ConfigurationError, OSError):
        return
    for signature in signed:
        for tube, named in ((signature.entry.wish.after or {}).get("strategies") or {}).items():
            wanted = named.get("definition_sha256", "")
            if tube in now and wanted and definition_sha256(now[tube]) != wanted:
                yield _words(signature.entry.wish.who, tube, named, now[tube])


def _words(who: str, tube: str, named: Mapping[str, Any], now: Strategy) -> str:
    found = definition_sha256(now)[:12]
    since = [change.about for change in now.changes if change.version != named.get("version")][:1]
    before = f"{named['name']} {named.get('version') or 'without a version'} ({named['definition_sha256'][:12]})"
    after = f"{now.strategy} {now.version or 'without a version'} ({found})"
    what = f": {since[0].rstrip('.')}" if since and now.version != named.get("version") else ""
    return f"{who} signed tube {tube} with strategy {before}; it is now {after}{what}"
