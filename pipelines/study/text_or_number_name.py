"""A name that may look like a number."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from tregate.pipelines.files.look_alikes import one_way


def _name(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return one_way(value) if isinstance(value, str) else value


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1)]
"""Names in study.yaml may be written as numbers: a visit called 8; characters that do not show are no part of them."""
