"""The files of a folder of single-stain controls, as far as they can be compared: same channels, same settings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from tregate.gating.controls import ControlTube, Estimated, Label, control_tube, estimate
from tregate.gating.errors import CompensationError, ConfigurationError, Problem, TubeError
from tregate.gating.events import Parameter, Sample, Spillover
from tregate.gating.read.survey import read
from tregate.gating.units import Channel
from tregate.pipelines.compensating.labels import UNSTAINED, labels
from tregate.pipelines.files.csv_source import read_csv_source
from tregate.pipelines.study.fitting import fcs_files
from tregate.pipelines.tubes.acquisition_date import acquired

CHANNELS_FILE = "channels.csv"
Settings = Mapping[Channel, tuple[float | None, float]]
"""Channel -> `$PnV` and `$PnG`."""


@dataclass(frozen=True, slots=True)
class ControlFile:
    """One file of the folder that was read."""

    path: Path
    tube: ControlTube = field(repr=False)
    label: Label
    settings: Settings
    day: date | None
    spillovers: tuple[Spillover, ...]


@dataclass(frozen=True, slots=True)
class NotUsed:
    """A file that could not be compared with the others."""

    path: Path
    name: str
    """File name, with its folders where several files are called so."""
    why: str


@dataclass(frozen=True)
class Controls:
    """A folder of controls with the matrix that they give."""

    folder: Path
    files: tuple[ControlFile, ...]
    not_used: tuple[NotUsed, ...]
    estimated: Estimated

    @property
    def settings(self) -> Settings:
        return self.files[0].settings

    @property
    def spillovers(self) -> tuple[Spillover, ...]:
        """The matrices that the controls themselves state."""
        return tuple(one.spillovers[0] for one in self.files if one.spillovers)


def read_controls(folder: Path) -> Controls:
    """Read every FCS file of the folder and estimate the matrix.

    Raises ConfigurationError where there is no FCS file, none that is a control, or channels.csv is wrong.
    """
    names = _names(folder, list(fcs_files(folder)))
    samples: list[Sample] = []
    not_used: list[NotUsed] = []
    for path in names:
        try:
            samples.append(read(path))
        except (TubeError, OSError) as error:
            not_used.append(NotUsed(path, names[path], str(error)))
    samples, others = _same_settings(samples, names)
    not_used += others
    read_files: list[tuple[Sample, ControlTube]] = []
    for sample in samples:
        try:
            tube = control_tube(sample, read_files[0][1].channels if read_files else None)
        except CompensationError as error:
            not_used.append(NotUsed(sample.path, names[sample.path], str(error)))
        else:
            read_files.append((sample, replace(tube, name=names[sample.path])))
    if not read_files:
        why = [Problem(str(one.path), None, one.why) for one in not_used]
        raise ConfigurationError([Problem(str(folder), None, "no file of the folder can be used as a control."), *why])
    tubes = [tube for _, tube in read_files]
    stated = _stated(folder, names, tubes[0].channels)
    said = labels(tubes, [sample.path for sample, _ in read_files], stated)
    files = tuple(
        ControlFile(
            sample.path, tube, label, settings_of(sample.parameters), acquired(sample.data_set.details),
            sample.data_set.spillovers,
        )
        for (sample, tube), label in zip(read_files, said, strict=True)
    )  # fmt: skip
    return Controls(folder, files, tuple(not_used), estimate(tubes, said))


def _names(folder: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """What each file is called: by its name, with its folders where several have that name."""
    times = Counter(path.name for path in paths)
    return {path: path.name if times[path.name] == 1 else path.relative_to(folder).as_posix() for path in paths}


def settings_of(parameters: Sequence[Parameter]) -> Settings:
    """Voltage and gain of every channel, as the file states them."""
    return {parameter.name: (parameter.voltage, parameter.gain) for parameter in parameters}


def other_settings(one: Settings, other: Settings, channels: Sequence[Channel]) -> list[Channel]:
    """Channels of which both state a voltage or gain, and not the same."""
    return [name for name in channels if name in one and name in other and _differ(one[name], other[name])]


def _differ(one: tuple[float | None, float], other: tuple[float | None, float]) -> bool:
    voltages = None not in (one[0], other[0]) and one[0] != other[0]
    return voltages or one[1] != other[1]


def _same_settings(samples: Sequence[Sample], names: Mapping[Path, str]) -> tuple[list[Sample], list[NotUsed]]:
    """The files with the voltages and gains that most have."""
    if not samples:
        return [], []
    kinds = Counter(tuple(sorted(settings_of(sample.parameters).items())) for sample in samples)
    usual = dict(kinds.most_common(1)[0][0])
    kept, others = [], []
    for sample in samples:
        apart = other_settings(settings_of(sample.parameters), usual, list(usual))
        if apart:
            why = (
                f"voltage or gain of {', '.join(apart[:4])} differs from that of the other controls, so the file is "
                "not used. Acquire all controls at the settings of the samples."
            )
            others.append(NotUsed(sample.path, names[sample.path], why))
        else:
            kept.append(sample)
    return kept, others


def _stated(folder: Path, names: Mapping[Path, str], channels: Sequence[Channel]) -> dict[str, str]:
    """channels.csv: name of a file -> channel, where there is one. Raises ConfigurationError for what is wrong."""
    path = folder / CHANNELS_FILE
    if not path.is_file():
        return {}
    source, problems = read_csv_source(path, str(path))
    if not problems and not {"file", "channel"} <= set(source.columns):
        problems = [Problem(str(path), 1, "expected the columns file and channel.")]
    known = {path.relative_to(folder).as_posix(): name for path, name in names.items()}
    known |= {name: name for name in names.values()}
    stated = {}
    for row in source.rows if not problems else ():
        file, channel = row.get("file"), row.get("channel")
        if file.replace("\\", "/") not in known:
            alike = [name for path, name in names.items() if path.name == file]
            remedy = f"Write it with its folder: {', '.join(alike)}." if alike else ""
            what = f'several files are called "{file}".' if alike else f'the folder contains no file "{file}".'
            problems.append(Problem(str(path), row.line, what, remedy))
        elif channel not in channels and channel.lower() != UNSTAINED:
            expected = f"Expected unstained or one of {', '.join(channels)}."
            problems.append(Problem(str(path), row.line, f'"{channel}" is no channel of the controls.', expected))
        else:
            stated[known[file.replace("\\", "/")]] = channel
    if problems:
        raise ConfigurationError(problems)
    return stated
