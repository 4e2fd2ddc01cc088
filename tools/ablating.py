"""What the ablations share: their options, their report, and a strategy without fallbacks."""

import argparse
from pathlib import Path

from blocks import put

from tregate.gating.strategy.schema import Population, Strategy


def options(description: str | None, events: int) -> argparse.Namespace:
    """--seeds, --events, --workers and --doc from the command line."""
    asked = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=3)
    asked.add_argument("--events", type=int, default=events)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--doc", type=Path)
    return asked.parse_args()


def report(text: str, block: str, page: Path | None) -> None:
    """Print, and write into the block of a page where one is named."""
    print(text)
    if page is not None:
        put(page, block, text)


def bare(population: Population) -> Population:
    """The population without `otherwise` and `instead`."""
    gate = population.gate
    if gate is not None and hasattr(gate, "otherwise"):
        gate = gate.model_copy(update={"otherwise": None})
    return population.model_copy(update={"gate": gate, "instead": ()})


def changed(strategy: Strategy, populations: dict[str, Population]) -> Strategy:
    """The strategy with some of its populations in another form."""
    return strategy.model_copy(update={"populations": {**strategy.populations, **populations}})
