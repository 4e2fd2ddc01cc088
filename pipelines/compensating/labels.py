"""What stains and file names say of single-stain controls: which channel, or that a tube is unstained."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tregate.gating.controls import ControlTube, Label
from tregate.gating.read.detectors import signal
from tregate.gating.units import Channel
from tregate.pipelines.study.names.controls import control

UNSTAINED = "unstained"
WORDS = 4
"""Words of a file name that together may be the name of a channel: "PE Cy 7 A"."""


def labels(tubes: Sequence[ControlTube], paths: Sequence[Path], stated: Mapping[str, str]) -> list[Label]:
    """One label per tube. `stated`: name of the tube -> channel or "unstained", as channels.csv has it."""
    lone = [_lone_stain(tube) for tube in tubes]
    aliases: dict[str, set[int]] = {}
    for i, channel in enumerate(tubes[0].channels if tubes else ()):
        for name in (channel, signal(channel).detector):
            aliases.setdefault(_plain(name), set()).add(i)
    for tube, stained in zip(tubes, lone, strict=True):
        if stained is not None:
            for name in (tube.stains[stained], *re.split(r"[\s_-]+", tube.stains[stained])):
                if len(_plain(name)) > 1:
                    aliases.setdefault(_plain(name), set()).add(stained)
    return [
        _label(tube, path, stained, aliases, stated.get(tube.name))
        for tube, path, stained in zip(tubes, paths, lone, strict=True)
    ]


def _label(
    tube: ControlTube, path: Path, stained: int | None, aliases: Mapping[str, set[int]], stated: str | None
) -> Label:
    if stated is not None:
        if stated.lower() == UNSTAINED:
            return Label(unstained=True)
        return Label(by_user=tube.channels.index(Channel(stated)))
    if control(path.stem) == UNSTAINED:
        return Label(unstained=True)
    return Label(by_stain=stained, by_name=_by_name(path.stem, aliases))


def _lone_stain(tube: ControlTube) -> int | None:
    """The only channel with a stain; None where several have one, as where a template names the whole panel."""
    stained = [i for i, stain in enumerate(tube.stains) if stain and _plain(stain) != _plain(tube.channels[i])]
    return stained[0] if len(stained) == 1 else None


def _by_name(stem: str, aliases: Mapping[str, set[int]]) -> int | None:
    """The channel of the longest name that the file name contains; None where that is of two channels."""
    words = re.findall(r"[a-z]+|[0-9.]+", stem.lower())
    joined = {_plain("".join(words[i : i + n])) for n in range(1, WORDS + 3) for i in range(len(words) - n + 1)}
    found = sorted((alias for alias in aliases if alias in joined), key=len, reverse=True)
    if not found:
        return None
    longest: set[int] = set().union(*(aliases[alias] for alias in found if len(alias) == len(found[0])))
    return longest.pop() if len(longest) == 1 else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
