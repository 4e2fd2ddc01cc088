"""Sample -> Prepared: markers bound to channels, compensation chosen, scales moved to the file's own top."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tregate.gating.errors import PanelError
from tregate.gating.events import Binding, Prepared, Sample, Spillover
from tregate.gating.panel import bind, no_stain
from tregate.gating.prepare.compensation import choose, matrix_behind
from tregate.gating.prepare.computed import bound_with, with_computed
from tregate.gating.prepare.constant import constant_markers
from tregate.gating.prepare.ranges import with_sound_ranges
from tregate.gating.prepare.scales import on_top, seen_scales
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, is_physical

__all__ = ["matrix_of", "prepare"]


def prepare(sample: Sample, strategy: Strategy, matrix_csv: Path | None = None) -> Prepared:
    """Bind the strategy's markers in this file and settle its compensation and scales.

    Raises PanelError where a population that is not optional lacks a marker, CompensationError where no
    usable matrix exists or the data would be compensated twice.
    """
    in_file = bind(sample.parameters, strategy.panel, strategy.markers)
    binding = bound_with(in_file, len(sample.parameters), strategy)
    _require(strategy, binding)
    needed = _fluorescence(binding, len(sample.parameters))
    sample, doubted = with_sound_ranges(sample, in_file, strategy)
    compensation, findings = choose(sample.data_set, matrix_csv, strategy.compensation, needed)
    sample = with_computed(sample, in_file, compensation, strategy.used_computed)
    wanted = {marker: strategy.scale_of(marker) for marker in binding.channels}
    scales = {marker: on_top(wanted[marker], sample.parameters[i].top) for marker, i in binding.channels.items()}
    factors = {marker: scales[marker].top / wanted[marker].top for marker in scales}
    seen = seen_scales(sample, compensation, binding.channels, wanted)
    constant = constant_markers(sample, binding)
    return Prepared(sample, binding, compensation, scales, factors, seen, (*findings, *doubted), constant)


def matrix_of(prepared: Prepared, matrix_csv: Path | None = None) -> Spillover | None:
    """The spillover matrix (row = dye, column = detector) by which a tube was prepared; None where none was applied.

    Raises CompensationError where the CSV cannot be read any more.
    """
    recorded = tuple(one for one in prepared.sample.parameters if not one.computed)
    needed = _fluorescence(prepared.binding, len(recorded))
    data_set = replace(prepared.sample.data_set, parameters=recorded)
    return matrix_behind(prepared.compensation, data_set, matrix_csv, needed)


def _fluorescence(binding: Binding, n_parameters: int) -> tuple[int, ...]:
    """Parameters of the file whose compensated values are used."""
    return tuple(sorted({i for m, i in binding.channels.items() if not is_physical(m) and i < n_parameters}))


def _require(strategy: Strategy, binding: Binding) -> None:
    lacking: dict[Marker, list[str]] = {}
    for name, population in strategy.populations.items():
        choices = list(population.choices())
        if population.optional or not choices:
            continue
        if not any(all(axis in binding.channels for axis in axes) for axes, _ in choices):
            for marker in map(Marker, choices[0][0]):
                if marker in binding.missing:
                    lacking.setdefault(marker, []).append(name)
    if lacking:
        raise PanelError(
            f"{_lacking_text(lacking, binding.missing)}. Check that this is the right tube; if the file uses "
            "another name for the stain, add it to the panel's aliases."
        )


POPULATIONS_SHOWN = 3


def _lacking_text(lacking: Mapping[Marker, Sequence[str]], missing: Mapping[Marker, str]) -> str:
    """Which markers have no channel, why, and which populations need them; markers without a stain together."""
    unstained = [marker for marker in lacking if missing[marker] == no_stain(marker)]
    parts = [
        f"{missing[marker]} (needed for {_names(lacking[marker])})" for marker in lacking if marker not in unstained
    ]
    if unstained:
        populations = list(dict.fromkeys(name for marker in unstained for name in lacking[marker]))
        parts.append(f"{no_stain(', '.join(unstained))} (needed for {_names(populations)})")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _names(populations: Sequence[str]) -> str:
    more = len(populations) - POPULATIONS_SHOWN
    return ", ".join(populations[:POPULATIONS_SHOWN]) + (f" and {more} more" if more > 0 else "")
