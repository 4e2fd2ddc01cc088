"""Fold against the subject's own baseline."""

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.pipelines.tabulate.figures import Figure


def fold(figure: Figure, baseline: Figure, measure: str) -> tuple[float | None, tuple[str, ...]]:
    """figure / baseline, or None and the flag that says why the baseline cannot carry a ratio.

    A baseline that is missing, 0 or below 50 events gives no fold. Where the visit's own figure is missing,
    its flags already say why.
    """
    if figure.value is None:
        return None, ()
    if baseline.value is None:
        return None, (f"baseline_missing:{measure}",)
    if baseline.value == 0.0:
        return None, (f"baseline_zero:{measure}",)
    if baseline.events is not None and baseline.events < QUANTIFIABLE:
        return None, (f"baseline_below_loq:{measure}",)
    return figure.value / baseline.value, ()
