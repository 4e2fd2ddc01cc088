"""A name that may look like a number."""

from typing import Annotated

from pydantic import BeforeValidator, Field


def _name(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1)]
"""Names in study.yaml may be written as numbers: a visit called 8."""
