"""`this process`: one tube after the other, where the caller runs."""

from collections.abc import Generator, Sequence

from tregate.gating.tube import TubeTask
from tregate.pipelines.tubes.one_tube import Work
from tregate.pipelines.tubes.outcomes import TubeOutcome


def in_this_process(
    orders: Sequence[TubeTask], workers: int, work: Work
) -> Generator[tuple[int, TubeOutcome], None, None]:
    """(position in `orders`, outcome) in the order of `orders`. `workers` has no meaning here."""
    for position, order in enumerate(orders):
        yield position, work(order)
