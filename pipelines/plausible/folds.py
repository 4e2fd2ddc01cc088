"""Fold changes of subjects; `crosschecks/fold_windows.py` looks at them."""

from typing import Annotated, ClassVar

from pydantic import Field

from tregate.pipelines.plausible.relation import Limit, Relation


class Fold(Relation):
    """Largest plausible fold change from the subject's baseline."""

    MEASURES: ClassVar[tuple[str, ...]] = ("fold",)
    LIMITS: ClassVar[tuple[str, ...]] = ("at_most",)

    fold: Annotated[tuple[str, ...], Field(min_length=1)]
    check: str
    at_most: Limit
