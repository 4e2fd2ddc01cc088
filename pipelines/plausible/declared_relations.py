"""Relations: the type of `plausible:` in a table definition, any kind of the registry, chosen by its key."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag

from tregate.pipelines.plausible import KINDS
from tregate.pipelines.plausible.relation import Relation


def _kind(written: Any) -> str | None:
    if isinstance(written, Mapping):
        return next((kind for kind in KINDS if kind in written), None)
    return next((kind for kind, model in KINDS.items() if isinstance(written, model)), None)


if TYPE_CHECKING:
    Relations = tuple[Relation, ...]
else:
    Relations = tuple[
        Annotated[
            reduce(or_, (Annotated[model, Tag(kind)] for kind, model in KINDS.items())),
            Discriminator(
                _kind,
                custom_error_type="no_relation",
                custom_error_message=f"this is no relation: one of the keys {', '.join(KINDS)} is missing",
            ),
        ],
        ...,
    ]
