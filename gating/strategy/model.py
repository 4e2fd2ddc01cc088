"""What every part of a strategy is: strict, frozen, and no truth value where a number is expected."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Model(BaseModel):
    """Strict and frozen: a misspelt key is an error, a strategy that exists is valid.

    Validators are built at first use: of a whole strategy once instead of gate by gate, and never in a worker, which is
    handed strategies that are valid already.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _truth_is_no_number(cls, data: object) -> object:
        """pydantic takes `true` for 1, and a slip of the pen would become a threshold."""
        for name, value in data.items() if isinstance(data, dict) else ():
            field = cls.model_fields.get(name)
            if field is not None and field.annotation is not bool and _holds_truth(value):
                raise ValueError(f"{name}: expected a number or a word, found true or false")
        return data

    def __copy__(self) -> Self:
        """A copy, which `model_copy` may alter, forgets what was worked out of the original."""
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


def _holds_truth(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, list | tuple) and any(map(_holds_truth, value)))
