"""The matrices and settings of a study's files, against the controls that study.yaml names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.events import DataSet
from tregate.gating.prepare.matrix_csv import read_matrix
from tregate.gating.prepare.matrix_rows import resolve
from tregate.gating.read.survey import survey
from tregate.pipelines.compensating.compared import StatedMatrix, compared, compensated_message, message
from tregate.pipelines.compensating.controls_folder import Controls, other_settings, read_controls, settings_of
from tregate.pipelines.study.load_study import Study, shown
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.tubes.acquisition_date import acquired


@dataclass(frozen=True, slots=True)
class _Described:
    entry: TubeEntry
    data_set: DataSet


def contradicted_matrices(study: Study) -> tuple[Problem, ...]:
    """What the controls of a study contradict: matrices that its tubes use, and tubes at other settings.

    Empty where study.yaml names no controls. Raises ConfigurationError where the folder holds none that can be used.
    """
    if study.controls is None:
        return ()
    controls = read_controls(study.controls)
    samples = shown(study.samples_file)
    if len(controls.estimated.included) < 2:
        why = [Problem(str(study.controls), None, one.message) for one in controls.estimated.controls if one.message]
        raise ConfigurationError([Problem(shown(study.file), None, "controls: fewer than two can be used."), *why])
    tubes = [one for entry in study.used if (one := _described(entry)) is not None]
    stated = [matrix for one in tubes if (matrix := _stated(one)) is not None]
    every = [*controls.spillovers, *(one.spillover for one in stated)]
    already = compensated_message(controls.estimated, every)
    said = [] if already else [message(one) for one in compared(controls.estimated, stated)]
    first = [Problem(str(study.controls), None, already)] if already else []
    return (*first, *(Problem(samples, None, text) for text in [*said, *_elsewhere(controls, tubes)] if text))


def _described(entry: TubeEntry) -> _Described | None:
    try:
        found = survey(entry.path)
    except (TubeError, OSError):
        return None
    number = entry.dataset or found.default
    return None if number is None or number > len(found.data_sets) else _Described(entry, found.data_sets[number - 1])


def _stated(one: _Described) -> StatedMatrix | None:
    """The matrix that the tube is compensated by."""
    day, data_set = acquired(one.data_set.details), one.data_set
    if data_set.already_compensated:
        return None
    if one.entry.compensation is not None:
        try:
            spillover, _ = resolve(
                read_matrix(one.entry.compensation), one.entry.compensation.name, data_set.parameters
            )
        except TubeError:
            return None
        return StatedMatrix(one.entry.file, day, spillover)
    return StatedMatrix(one.entry.file, day, data_set.spillovers[0]) if data_set.spillovers else None


def _elsewhere(controls: Controls, tubes: Sequence[_Described]) -> list[str]:
    """Tubes at other voltages or gains than the controls: no matrix of these controls applies to them."""
    channels = [controls.estimated.channels[i] for i in controls.estimated.included]
    found: dict[tuple[str, ...], list[str]] = {}
    for one in tubes:
        apart = other_settings(settings_of(one.data_set.parameters), controls.settings, channels)
        if apart:
            found.setdefault(tuple(apart), []).append(one.entry.file)
    return [
        f"{', '.join(apart[:4])}: voltage or gain of {_files(files)} differs from that of the controls, so their "
        "matrix does not apply. Use controls that were acquired at the settings of the tubes."
        for apart, files in found.items()
    ]


def _files(files: Sequence[str]) -> str:
    return Path(files[0]).name if len(files) == 1 else f"{len(files)} files"
