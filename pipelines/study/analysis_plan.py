"""The analysis plan as plain values, and its hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tregate.pipelines.study.analysis import Analysis


def analysis_plan(analysis: Analysis, visits: Sequence[str], baseline: str) -> dict[str, Any]:
    """Visits, baseline, and every key of `analysis:`."""
    return {"visits": list(visits), "baseline": baseline, **analysis.model_dump(mode="json")}


def plan_sha256(plan: Mapping[str, Any]) -> str:
    """SHA-256 of a plan, the same however it was written."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
