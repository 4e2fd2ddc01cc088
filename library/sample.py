"""`tregate.read`: an FCS file and its events by marker or channel name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tregate.gating.errors import CompensationError, PanelError
from tregate.gating.events import Compensation, DataSet, Sample
from tregate.gating.panel import bind, recognise
from tregate.gating.prepare.compensation import choose
from tregate.gating.prepare.one_channel import compensated_channel
from tregate.gating.read.survey import read as read_sample
from tregate.gating.strategy.load import load_panel
from tregate.gating.units import Marker, is_physical

if TYPE_CHECKING:
    from tregate.gating.geometry.scaled import FloatArray


@dataclass(frozen=True)
class FlowSample:
    """One data set of an FCS file. Events are decoded when they are asked for; nothing is cached.

    Attributes
    ----------
    path : the file
    data_set : what HEADER and TEXT say: version, instrument, `n_events`, `parameters`, matrices, repairs
    """

    path: Path
    data_set: DataSet
    _sample: Sample = field(repr=False, compare=False)
    _matrix: Path | None = field(default=None, repr=False)

    @property
    def n_events(self) -> int:
        """Number of events."""
        return self.data_set.n_events

    @property
    def channels(self) -> tuple[str, ...]:
        """`$PnN` of every channel, in file order, (n_channels,)."""
        return tuple(str(parameter.name) for parameter in self.data_set.parameters)

    @cached_property
    def markers(self) -> Mapping[str, str]:
        """Marker -> channel, for markers that tregate recognises from stain and channel names.

        A marker that several detectors carry equally well is left out: ask for it by its channel.
        """
        parameters = self.data_set.parameters
        known = dict.fromkeys(
            str(marker) for p in parameters if (marker := recognise(p.stain, str(p.name))) is not None
        )
        bound = bind(parameters, load_panel("general"), known).channels
        return {str(marker): str(parameters[index].name) for marker, index in bound.items()}

    @property
    def compensation(self) -> str:
        """Source of the matrix that `events(..., compensated=True)` applies: "$SPILLOVER", "matrix.csv" ...

        Raises CompensationError where there is no usable matrix.
        """
        return self._compensation.source

    def events(self, name: str, *, compensated: bool = False) -> "FloatArray":
        """Linear intensities of one channel.

        Logarithmic amplification is undone, gain divided out, and time is in seconds. Values are not compensated
        unless asked, except where the file holds compensated values only (data set 1 of an LMD file).

        Parameters
        ----------
        name : channel (`$PnN`) such as "FL1-A", or marker such as "CD25"; a channel of that name wins
        compensated : apply the inverse of the spillover matrix (`compensation` names it). Scatter and time, which no
            dye reaches, are returned as they are.

        Returns
        -------
        array of float64, shape (n_events,), read-only, in the units of the file's linear scale (0 to `$PnR`)

        Raises
        ------
        PanelError : no channel, or more than one, has this name or marker
        CompensationError : `compensated` without a usable matrix, or of a stain that the matrix does not cover

        Notes
        -----
        compensated = values @ inverse(matrix), with one row per dye and one column per detector
        [Bagwell & Adams 1993, Ann N Y Acad Sci 677:167].

        Examples
        --------
        >>> import tregate as tg
        >>> sample = tg.read("treg.fcs")
        >>> cd25 = sample.events("CD25", compensated=True)
        >>> cd25.shape == (sample.n_events,)
        True
        """
        index = self._index(name)
        if not compensated:
            return self._sample.linear(index)
        applied = self._compensation
        if applied.inverse is not None and index not in applied.indices and _is_fluorescence(index, self.data_set):
            parameter = self.data_set.parameters[index]
            raise CompensationError(
                f"{parameter.name} ({parameter.stain}) is not in the matrix {applied.source}, so it cannot be "
                "compensated. Give a matrix of the whole panel, or read it with compensated=False."
            )
        return compensated_channel(self._sample, applied, index)

    def _index(self, name: str) -> int:
        if name in self.channels:
            return self.channels.index(name)
        found = bind(self.data_set.parameters, load_panel("general"), [name])
        index = found.channels.get(Marker(name))
        if index is None:
            raise PanelError(f"{self.path.name}: {found.missing[Marker(name)]}. Ask by channel: see `channels`.")
        return index

    @cached_property
    def _compensation(self) -> Compensation:
        stains = tuple(i for i in range(len(self.data_set.parameters)) if _is_fluorescence(i, self.data_set))
        return choose(self.data_set, self._matrix, "file", stains)[0]


def read(path: str | Path, data_set: int | None = None, *, matrix: str | Path | None = None) -> FlowSample:
    """Read an FCS file (2.0, 3.0, 3.1, 3.2) or LMD file.

    Parameters
    ----------
    path : the file
    data_set : 1-based number of the data set, for files that hold several; None takes the one that a run would take
    matrix : CSV file of a spillover matrix that replaces the file's own

    Returns
    -------
    FlowSample with `.events(name)`, an array of shape (n_events,), `.channels`, `.markers` and `.data_set`

    Raises
    ------
    ReadError : the file cannot be opened, is no FCS file, is truncated, damaged or of a kind that is not supported

    Notes
    -----
    The format is FCS 3.1 [Spidlen et al. 2010, Cytometry A 77:97].

    Examples
    --------
    >>> import tregate as tg
    >>> sample = tg.read("treg.fcs")
    >>> sample.markers["CD25"] in sample.channels
    True
    >>> sample.data_set.version
    'FCS3.1'
    """
    sample = read_sample(Path(path), data_set)
    return FlowSample(Path(path), sample.data_set, sample, None if matrix is None else Path(matrix))


def _is_fluorescence(index: int, data_set: DataSet) -> bool:
    """Whether a channel carries a stain: it has a stain name, or some matrix names it."""
    parameter = data_set.parameters[index]
    marker = recognise(parameter.stain, str(parameter.name))
    if marker is not None and is_physical(marker):
        return False
    return bool(parameter.stain) or any(parameter.name in one.channels for one in data_set.spillovers)
