"""Fold change against the subject's own baseline."""

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.pipelines.tabulate.measurements import Measurement
from tregate.pipelines.tabulate.value import Value


def fold(now: Measurement | Value, baseline: Measurement | Value, name: str) -> tuple[float | None, tuple[str, ...]]:
    """now / baseline, or None and the flag (of `name`) that says why the baseline cannot carry a ratio.

    A baseline that is missing, 0 or below 50 events gives no fold change. Where the visit's own value is missing,
    its flags already say why.
    """
    if now.value is None:
        return None, ()
    if baseline.value is None:
        return None, (f"baseline_missing:{name}",)
    if baseline.value == 0.0:
        return None, (f"baseline_zero:{name}",)
    if baseline.events is not None and baseline.events < QUANTIFIABLE:
        return None, (f"baseline_below_loq:{name}",)
    return now.value / baseline.value, ()
