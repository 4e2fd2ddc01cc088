"""A panel: which stains are which marker, by the aliases under which files call them."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from tregate.gating.strategy.model import Model


class MarkerAliases(Model):
    """How files call one marker."""

    aliases: tuple[str, ...] = ()
    channel: str | None = None
    """`$PnN` that carries the marker whatever its stain says: a laboratory's own word."""


def _aliases(value: object) -> object:
    if value is None:
        return {}
    if isinstance(value, str):
        return {"aliases": [value]}
    if isinstance(value, list | tuple):
        return {"aliases": list(value)}
    return value


class Panel(Model):
    """Markers of one kind of tube."""

    panel: str = ""
    about: str = ""
    markers: dict[str, Annotated[MarkerAliases, BeforeValidator(_aliases)]] = Field(default_factory=dict)
