"""Marks on a blinded run, once its blinding is lifted: codes -> visits and files, by the act that lifted it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tregate.pipelines.review.review_file import Mark


def uncoded(record: Mapping[str, Any]) -> Callable[[Mark], Mark]:
    """What gives a mark the names of its visit and file; marks that have them, or codes of another study, stay.

    Marks that do not state their codes have those of the last blinded run. record: run.json of the run.
    """
    acts = [act["codes"] for act in record.get("unblinded") or () if "codes" in act]
    files = {
        (one["subject"], one["visit"], one["tube"]): one["file"] for one in (*record["inputs"], *record["excluded"])
    }

    def named(mark: Mark) -> Mark:
        for codes in reversed(acts):
            visit = codes["visits"].get(mark.visit)
            if visit is not None and mark.codes in ("", codes["id"]):
                mark = replace(mark, visit=visit, codes="")
                return replace(mark, file=files.get(mark.key, mark.file))
        return mark

    return named
