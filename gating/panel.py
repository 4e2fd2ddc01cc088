"""Stain names <-> markers <-> detectors. The only room that knows detectors.

A stain such as "CD4-RD1", "cd4 PE-Cy7", "BV785 - CD3" or "FoxP3-AF647" carries a marker when one of the
marker's aliases stands in it as whole words; "CD45RA" never is CD45. Stains (`$PnS`) are asked first,
detector names (`$PnN`) only where no stain answers; and the aliases in the order in which the panel has them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from tregate.gating.events import Binding, Parameter
from tregate.gating.read.matrix_names import match_names, says_compensated
from tregate.gating.read.scatter_names import scatter_name
from tregate.gating.strategy.load import load_panel
from tregate.gating.strategy.panel import Panel
from tregate.gating.units import Marker, is_physical

_DYE = re.compile(
    r"(FITC|PE|RPE|APC|ECD|RD1|KO|PB|PC5|PC55|PC7|TC|PERCP|PCP|CY\d*|PECY\d+|APCCY7|APCH7|APCFIRE\d*|SNV\d+|VBLUE|AF\d+"
    r"|ALEXA\w*|BV\d+|BUV\d+|BB\d+|SB\d+|EF\d+|EFLUOR\d+|SPARK\w*|V\d{3}|R718|QD\d+|QDOT\d*|DYLIGHT\d+|VIO\w*)+"
)

_SCATTER = {
    "FSC-A": ("FSCA", "FSCAREA", "FSA", "FSAREA", "FSINTLIN", "FSINT", "FSCALIN", "FSC", "FS", "FSLIN"),
    "FSC-H": ("FSCH", "FSCHEIGHT", "FSH", "FSPEAKLIN", "FSPEAK", "FSCHLIN"),
    "FSC-W": ("FSCW", "FSCWIDTH", "FSW", "FSTOFLIN", "FSTOF"),
    "SSC-A": ("SSCA", "SSCAREA", "SSA", "SSAREA", "SSINTLIN", "SSINT", "SSCALIN", "SSC", "SS", "SSLIN"),
    "SSC-H": ("SSCH", "SSCHEIGHT", "SSH", "SSPEAKLIN", "SSPEAK", "SSCHLIN"),
    "SSC-W": ("SSCW", "SSCWIDTH", "SSW", "SSTOFLIN", "SSTOF"),
    "Time": ("TIME", "HDRT", "HDRTM", "TIMELIN"),
}
"""Detector names of scatter and time, best first, letters and digits only."""

_ONLY_HEIGHT = {"FSC-A": "FSC-H", "SSC-A": "SSC-H"}
"""Old instruments record one scatter signal and call it height."""


_WORD = re.compile(r"[A-Z0-9]+")
_CD_NUMBER = re.compile(r"CD[0-9]{1,3}")
_SUFFIXES = frozenset({"RA", "RB", "RC", "RO", "R", "B", "C", "D", "E", "L"})
"""What behind a CD number makes another marker; A is left out, since "CD4-A" is the area of a pulse."""
_CD_NAME = re.compile(r"CD[0-9]{1,3}[A-Z]{0,2}", re.IGNORECASE)
_ABRIDGED = re.compile(r"(CD[0-9]{1,3})[ ]?[/+&,][ ]?([0-9]{1,3})(?![0-9A-Za-z])", re.IGNORECASE)
_GLUED = re.compile(r"(CD[0-9]{1,3}(?:R[AOBC])?)(?=CD[0-9])", re.IGNORECASE)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Upper-case runs of letters and digits."""
    return tuple(_WORD.findall(text.upper().replace("Ε", "E")))


def spelled_out(text: str) -> str:
    """A stain of several markers with each written out: "CD16/56" and "CD16CD56" are "CD16 CD56"."""
    previous = ""
    while text != previous:
        previous, text = text, _ABRIDGED.sub(r"\1 CD\2", text)
    return _GLUED.sub(r"\1 ", text)


def _goes_on(wanted: str, following: tuple[str, ...]) -> bool:
    """Whether the next word makes another marker of a CD number: "CD45 RA", "CD62-L"."""
    return bool(following) and following[0] in _SUFFIXES and _CD_NUMBER.fullmatch(wanted) is not None


def carries(text: str, aliases: Iterable[str]) -> bool:
    """Whether one of the aliases stands in the text as whole words, or glued to the name of a dye."""
    return any(_carries(text, alias) for alias in aliases)


@lru_cache(maxsize=4096)
def _tokens(stain: str) -> tuple[str, ...]:
    return words(spelled_out(stain))


@lru_cache(maxsize=4096)
def _glued(alias: str) -> str:
    return "".join(words(alias))


@lru_cache(maxsize=4096)
def _carries(text: str, alias: str) -> bool:
    tokens, wanted = _tokens(text), _glued(alias)
    if not wanted:
        return False
    for i, glued in enumerate(tokens):
        run = ""
        for j, token in enumerate(tokens[i:], start=i + 1):
            run += token
            if run == wanted and not _goes_on(wanted, tokens[j : j + 1]):
                return True
            if len(run) >= len(wanted):
                break
        if glued.startswith(wanted) and _DYE.fullmatch(glued[len(wanted) :]):
            return True
        if glued.endswith(wanted) and _DYE.fullmatch(glued[: -len(wanted)]):
            return True
    return False


def bind(parameters: Sequence[Parameter], panel: Panel, markers: Iterable[str]) -> Binding:
    """Find the channel of each marker; what cannot be bound, with the reason in words."""
    channels: dict[Marker, int] = {}
    missing: dict[Marker, str] = {}
    for name in markers:
        marker = Marker(name)
        found = _physical(parameters, panel, name) if is_physical(name) else _stained(parameters, panel, name)
        if isinstance(found, int):
            channels[marker] = found
        else:
            missing[marker] = found
    for area, height in _ONLY_HEIGHT.items():
        a, h = channels.get(Marker(area)), channels.get(Marker(height))
        if a is not None and a == h:
            del channels[Marker(height)]
            missing[Marker(height)] = f"the file has only one {area[:3]} signal ({parameters[a].name})"
    return Binding(channels, missing, _shared(parameters, panel, channels))


def _shared(
    parameters: Sequence[Parameter], panel: Panel, channels: Mapping[Marker, int]
) -> dict[Marker, tuple[Marker, ...]]:
    """Bound markers whose stain names another marker too."""
    shared = {}
    for marker, index in channels.items():
        entry = panel.markers.get(marker)
        if is_physical(marker) or (entry is not None and entry.channel is not None):
            continue
        others = tuple(m for m in markers_in(parameters[index].stain or parameters[index].name) if m != marker)
        if others:
            shared[marker] = others
    return shared


@lru_cache(maxsize=4096)
def markers_in(stain: str) -> tuple[Marker, ...]:
    """Markers with a CD number that a stain names, by the names in general use."""
    return tuple(Marker(m) for m in _general().markers if _CD_NAME.fullmatch(m) and _carries(stain, m))


def _physical(parameters: Sequence[Parameter], panel: Panel, name: str) -> int | str:
    written = _by_panel(parameters, panel, name)
    if written is not None:
        return written
    names = ["".join(words(parameter.name)) for parameter in parameters]
    wanted = _SCATTER[name] + _SCATTER.get(_ONLY_HEIGHT.get(name, ""), ())
    for candidate in wanted:
        if candidate in names:
            return names.index(candidate)
    stains = ["".join(words(parameter.stain)) for parameter in parameters]
    for candidate in wanted:
        if candidate in stains:
            return stains.index(candidate)
    found = _by_other_name(parameters, name)
    return found if found is not None else f"the file has no {name} signal"


def no_stain(name: str) -> str:
    """Why a marker is missing where no channel has its stain."""
    return f"no channel is stained with {name}"


def _by_other_name(parameters: Sequence[Parameter], name: str) -> int | None:
    """The most usual of the channels that are scatter of this direction and feature, or time, by another name."""
    if name == "Time":
        times = [p.index for p in parameters if words(p.name)[:1] == ("TIME",)]
        return times[0] if times else None
    direction, _, feature = name.partition("-")
    for features in (("A", ""), ("H",)) if feature == "A" else ((feature,),):
        scatters = [(scatter_name(p.name) or scatter_name(p.stain), p.index) for p in parameters]
        ranked = [
            (s.rank, i) for s, i in scatters if s is not None and s.direction == direction and s.feature in features
        ]
        if ranked:
            return min(ranked)[1]
    return None


def _by_panel(parameters: Sequence[Parameter], panel: Panel, name: str) -> int | str | None:
    """The channel that the panel names for scatter or time, by `channel` or as an alias; "SSC" stands for "SSC-A"."""
    entry = panel.markers.get(name) or panel.markers.get(name.removesuffix("-A"))
    if entry is None:
        return None
    if entry.channel is not None:
        return _named_channel(parameters, entry.channel)
    for alias in entry.aliases:
        found = match_names((alias,), [p.name for p in parameters], [p.stain for p in parameters]).indices[0]
        if found is not None:
            return found
    return None


def _named_channel(parameters: Sequence[Parameter], channel: str) -> int | str:
    """The channel a panel names, letter by letter or but for what exports change."""
    found = match_names((channel,), [parameter.name for parameter in parameters]).indices[0]
    return found if found is not None else f'the panel assigns channel "{channel}", which the file does not have'


def _stained(parameters: Sequence[Parameter], panel: Panel, name: str) -> int | str:
    entry = panel.markers.get(name)
    if entry is not None and entry.channel is not None:
        return _named_channel(parameters, entry.channel)
    aliases = (name, *(entry.aliases if entry is not None else ()))
    matches = _carriers(parameters, aliases)
    if not matches:
        return no_stain(name)
    matches = [p for p in matches if not says_compensated(p.name)] or matches
    best = _best_feature([p for p in matches if len(markers_in(p.stain or p.name)) < 2] or matches)
    if len(best) == 1:
        return best[0].index
    pairs = ", ".join(f"{p.name} ({p.stain})" if p.stain else p.name for p in best)
    return f"{len(best)} channels are stained with {name} ({pairs}); write `{name}: {{channel: ...}}` in the panel"


def _carriers(parameters: Sequence[Parameter], aliases: Sequence[str]) -> list[Parameter]:
    """Channels that carry the marker; an alias that stands earlier goes before a later one (CD8a before CD8b)."""
    for texts in ([p.stain for p in parameters], [p.name for p in parameters]):
        for alias in aliases:
            matches = [p for p, text in zip(parameters, texts, strict=True) if _carries(text, alias)]
            if matches:
                return matches
    return []


_FEATURES = (
    (re.compile(r"(-A|[ _]AREA|[ _]INT([ _]LOG)?)$", re.I), 0),
    (re.compile(r"(-H|[ _-]HEIGHT|[ _]PEAK([ _]L\w+)?)$", re.I), 3),
    (re.compile(r"(-W|[ _-]WIDTH|[ _]TOF([ _]L\w+)?)$", re.I), 4),
    (re.compile(r"[ _]LIN$", re.I), 2),
)


def _best_feature(matches: list[Parameter]) -> list[Parameter]:
    """Of several signals of one detector: area before plain before linear copy before height before width."""

    def rank(parameter: Parameter) -> int:
        return next((rank for pattern, rank in _FEATURES if pattern.search(parameter.name)), 1)

    best = min(rank(parameter) for parameter in matches)
    return [parameter for parameter in matches if rank(parameter) == best]


def _listed(parameters: Sequence[Parameter]) -> str:
    return ", ".join(f"{p.name} ({p.stain})" if p.stain else p.name for p in parameters)


@lru_cache(maxsize=1)
def _general() -> Panel:
    return load_panel("general")


def recognise(stain: str, name: str) -> Marker | None:
    """Marker that a channel carries by the names in general use; None where it is not known."""
    for physical, spellings in _SCATTER.items():
        if "".join(words(name)) in spellings or "".join(words(stain)) in spellings:
            return Marker(physical)
    scatter = scatter_name(name)
    if scatter is not None:
        return Marker(f"{scatter.direction}-{scatter.feature or 'A'}")
    for text in (stain, name):
        for marker, entry in _general().markers.items():
            if text and carries(text, (marker, *entry.aliases)):
                return Marker(marker)
    return None
