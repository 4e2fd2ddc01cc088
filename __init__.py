"""tregate: from a folder of flow-cytometry (FCS) files to per-visit tables of regulatory T cells and NK cells.

In the order of the work:

    read            an FCS file -> its events by marker or channel name
    load_strategy   a gating strategy by its shipped name or path
    gate            one tube -> counts, gates, findings, membership of every event
    count           a gated tube and its beads -> cells/µL
    load_study      study.yaml -> a study, or every problem at once
    run             a study -> its tables, in a folder and as DataFrames
    validate        a strategy against synthetic tubes of known truth

`CountingInput` says what cells/µL are calculated from: beads, the volume acquired, or a haematology value.
`TregateError` is the base of all errors that tregate raises on purpose:
`ConfigurationError` (what the user wrote) and `TubeError` (one tube cannot be gated: `ReadError`, `PanelError`,
`CompensationError`, `CountError`), `StrictError` (a run with `strict`).

`import tregate` itself imports none of this: a name is loaded when it is first used.

>>> import tregate as tg
>>> tg.load_strategy("treg").strategy
'treg'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tregate.gating.count.estimates import CountingInput
    from tregate.gating.errors import (
        CompensationError,
        ConfigurationError,
        CountError,
        PanelError,
        ReadError,
        TregateError,
        TubeError,
    )
    from tregate.gating.strategy.load import load_strategy
    from tregate.library.sample import read
    from tregate.library.study import run
    from tregate.library.tube import count, gate
    from tregate.library.validation import validate
    from tregate.pipelines.study.load_study import load_study
    from tregate.pipelines.tubes.analyse_tubes import StrictError

    __version__: str

__all__ = [
    "CompensationError",
    "ConfigurationError",
    "CountError",
    "CountingInput",
    "PanelError",
    "ReadError",
    "StrictError",
    "TregateError",
    "TubeError",
    "__version__",
    "count",
    "gate",
    "load_strategy",
    "load_study",
    "read",
    "run",
    "validate",
]

_HOME = {
    "read": "library.sample",
    "load_strategy": "gating.strategy.load",
    "gate": "library.tube",
    "count": "library.tube",
    "load_study": "pipelines.study.load_study",
    "run": "library.study",
    "validate": "library.validation",
    "CountingInput": "gating.count.estimates",
    "StrictError": "pipelines.tubes.analyse_tubes",
    "TregateError": "gating.errors",
    "ConfigurationError": "gating.errors",
    "TubeError": "gating.errors",
    "ReadError": "gating.errors",
    "PanelError": "gating.errors",
    "CompensationError": "gating.errors",
    "CountError": "gating.errors",
}
"""Name -> module of tregate that defines it."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("tregate")
    elif name in _HOME:
        from importlib import import_module

        value = getattr(import_module(f"tregate.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'tregate' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
