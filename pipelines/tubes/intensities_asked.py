"""Which intensities the tables ask of each kind of tube."""

from tregate.gating.intensities import IntensityAsked
from tregate.pipelines.study.sources import TableSources


def intensities_asked(sources: TableSources, tube: str) -> tuple[IntensityAsked, ...]:
    """Markers on populations that a declared measure is the intensity of, each once, in the definition's order."""
    asked: dict[IntensityAsked, None] = {}
    for measure in sources.declared.measures.values():
        if measure.intensity is None or measure.cells is None:
            continue
        source = sources.cells[measure.cells]
        if source.tube == tube:
            one = IntensityAsked(
                source.population, measure.intensity, measure.standard, measure.negative, measure.split
            )
            asked[one] = None
    return tuple(asked)
