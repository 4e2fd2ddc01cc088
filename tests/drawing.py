"""Drawing functions that go wrong, for workers to import."""

import os

from tregate.gating.tube import TubeResult
from tregate.pipelines.report.strip import Strip

FATAL = "CD56"
"""A tube with this stain is the one whose drawing goes wrong."""


def is_fatal(result: TubeResult) -> bool:
    return any(parameter.stain.startswith(FATAL) for parameter in result.data_set.parameters)


def killed(result: TubeResult) -> Strip:
    """Take the whole process down, as the kernel does when memory runs out."""
    if is_fatal(result):
        os._exit(9)
    return Strip("")


def stumbling(result: TubeResult) -> Strip:
    """A bug that one tube brings to light."""
    if is_fatal(result):
        raise ZeroDivisionError("float division by zero")
    return Strip("")
