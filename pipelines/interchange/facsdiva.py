"""A FACSDiva experiment (XML) as drawn gates: the tubes with their regions, compensation and counts.

BD publishes no description. Form and units are those of exported experiments of versions 6 to 9 as public converters
read them (`facsdiva_axes` for coordinates, `facsdiva_settings` for compensation). Gates lie in the tubes; tubes without
gates of their own have those of the experiment's global worksheets, for which no count is stored.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.interchange.drawn import Drawn, DrawnApart, DrawnGate, DrawnLogic, DrawnSample, DrawnShape
from tregate.pipelines.interchange.facsdiva_axes import number_of, plot_axis, polygon_of, sides_of, text_of
from tregate.pipelines.interchange.facsdiva_settings import TubeSettings, settings_of
from tregate.pipelines.interchange.flowjo import MOST_POPULATIONS
from tregate.pipelines.interchange.flowjo_gates import NotTakenOverError
from tregate.pipelines.interchange.flowjo_nodes import NAMELESS
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name
from tregate.pipelines.interchange.strategy_names import cleaned

ROOT = "bdfacs"
"""Root element of an experiment."""
_ROOT = "All Events"
_LOGIC = {"restof": "none_of", "not": "none_of", "invert": "none_of", "and": "all_of", "intersect": "all_of"}
_LOGIC |= {"or": "any_of", "join": "any_of", "union": "any_of"}


class FacsdivaTubes:
    """Collects the tubes of an experiment one by one, as they are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.samples: list[DrawnSample] = []
        self.settings: list[TubeSettings] = []
        self.populations = 0

    def add(self, element: Any) -> None:
        """A `tube` element. Raises ConfigurationError where the experiment has too many populations."""
        if local_name(element.getroottree().getroot()) != ROOT:
            return
        self.settings.append(settings_of(element))
        self.samples.append(_sample(element, self.settings[-1]))
        self._count(self.samples[-1])

    def drawn(self, root: Any) -> Drawn:
        """The experiment."""
        version = re.sub(r"^version\s*", "", attribute(root, "version") or "", flags=re.IGNORECASE)
        sheets = [gate for sheet in root.iter("{*}worksheet_template") for gate in _elements(sheet)]
        samples = [
            self._on_global_sheets(sample, settings, sheets) if sheets and not sample.gates else sample
            for sample, settings in zip(self.samples, self.settings, strict=True)
        ]
        elsewhere = [gate for group in root.iter("{*}gates") for gate in children(group, "gate")]  # tubes are emptied
        apart = _in_no_tube(elsewhere, self.settings, samples)
        return Drawn(f"FACSDiva {version[:20]}".strip(), tuple(samples), may_exchange=True, apart=apart)

    def _on_global_sheets(self, sample: DrawnSample, settings: TubeSettings, sheets: Sequence[Any]) -> DrawnSample:
        """The tube with the gates of the global worksheets; their counts are of another tube."""
        gates = tuple(replace(gate, stored_count=None) for gate in _gates(sheets, settings))
        made = replace(sample, gates=gates)
        self._count(made)
        return made

    def _count(self, sample: DrawnSample) -> None:
        self.populations += len(sample.gates)
        if self.populations > MOST_POPULATIONS:
            message = f"the experiment has more than {MOST_POPULATIONS:,} populations."
            raise ConfigurationError([Problem(str(self.path), None, message, "Export fewer specimens.")])


def _in_no_tube(
    elements: Sequence[Any], settings: Sequence[TubeSettings], samples: Sequence[DrawnSample]
) -> tuple[DrawnApart, ...]:
    """Gates of worksheets and other places that no tube has."""
    known = {gate.path for sample in samples for gate in sample.gates}
    drawn = _gates(elements, settings[0]) if settings else ()
    why = "it stands outside of the tubes, and no tube has it"
    gates = tuple(replace(gate, what=None, refused=why) for gate in drawn if gate.path not in known)
    return (DrawnApart("outside of the tubes", gates, missed=False),) if gates else ()


def _elements(holder: Any) -> list[Any]:
    return [gate for group in children(holder, "gates") for gate in children(group, "gate")]


def _sample(tube: Any, settings: TubeSettings) -> DrawnSample:
    elements = _elements(tube)
    total = [number_of(one, "num_events") for one in elements if _path(one) == ""]
    # A name with a folder is that of another machine
    file = re.split(r"[\\/]", text_of(tube, "data_filename"))[-1]
    return DrawnSample(
        name=file or attribute(tube, "name") or "",
        fil=file,
        uri_name="",
        n_events=int(total[0]) if total and total[0] else None,
        matrix=settings.matrix,
        gates=tuple(_gates(elements, settings)),
    )


def _gates(elements: Sequence[Any], settings: TubeSettings) -> Iterator[DrawnGate]:
    seen: set[str] = set()
    bundles = {_path(one): _as_path(text_of(one, "parent")) for one in elements if _kind(one) == "Composite"}
    for element in elements:
        path, kind = _path(element), _kind(element)
        if path == "" or kind == "Composite":
            continue
        parent = _outside_of_bundles(_as_path(text_of(element, "parent")), bundles)
        count = number_of(element, "num_events")
        what: DrawnShape | DrawnLogic | None = None
        refused = ""
        try:
            if path in seen:
                raise NotTakenOverError("another gate has this path")
            if NAMELESS in path.split("/"):
                raise NotTakenOverError("it, or a gate above it, has no name")
            what = _shape(element, settings) if kind == "Region" else _logic(element, kind)
        except NotTakenOverError as error:
            refused = str(error)
        except ValueError as error:
            refused = f"its numbers cannot be read ({error})"
        seen.add(path)
        shown = "PolygonGate" if _region_kind(element) == "POLYGON" else _region_kind(element) or kind
        yield DrawnGate(path, parent, shown, what, refused, None if count is None else int(count))


def _outside_of_bundles(parent: str, bundles: Mapping[str, str]) -> str:
    """The parent, where that is a bundle of gates the parent of the bundle: it holds no events of its own."""
    met: set[str] = set()
    while parent in bundles and parent not in met:
        met.add(parent)
        parent = bundles[parent]
    return parent


def _logic(element: Any, kind: str) -> DrawnLogic:
    made = _LOGIC.get(kind.replace("_", "").lower())
    of = tuple(_as_path(one.text or "") for one in children(element, "input"))
    if made is None or not of or "" in of:
        raise NotTakenOverError(f"{kind[:40] or 'a gate without a type'} has no form here")
    return DrawnLogic(made, of)


def _shape(element: Any, settings: TubeSettings) -> DrawnShape:
    regions = children(element, "region")
    if len(regions) != 1:
        raise NotTakenOverError(f"it has {len(regions)} regions, expected one")
    kind = _region_kind(element)
    names = [name for one in ("xparm", "yparm") if (name := attribute(regions[0], one))]
    axes = tuple(plot_axis(element, name, letter, settings) for name, letter in zip(names, "xy", strict=False))
    points = [
        (float(attribute(point, "x") or "nan"), float(attribute(point, "y") or "nan"))
        for group in children(regions[0], "points")
        for point in children(group, "point")
    ]
    if not np.isfinite(points).all():
        raise NotTakenOverError("a point is not two numbers")
    if kind == "POLYGON" and len(axes) == 2 and len(points) >= 3:
        return polygon_of((axes[0], axes[1]), points)
    if kind in ("RECTANGLE", "INTERVAL") and len(points) >= 2 and len(axes) == (2 if kind == "RECTANGLE" else 1):
        return sides_of(axes, points)
    raise NotTakenOverError(f"{kind[:40].lower() or 'a region without a type'} on {len(axes)} axes has no form here")


def _kind(element: Any) -> str:
    return (attribute(element, "type") or "").removesuffix("_Classifier")


def _region_kind(element: Any) -> str:
    regions = children(element, "region")
    return (attribute(regions[0], "type") or "").removesuffix("_REGION") if regions else ""


def _path(element: Any) -> str:
    return _as_path(attribute(element, "fullname") or text_of(element, "name")) or (
        "" if _is_every_event(element) else NAMELESS
    )


def _is_every_event(element: Any) -> bool:
    return _kind(element) == "EventSource" or _ROOT in (attribute(element, "fullname"), text_of(element, "name"))


def _as_path(fullname: str) -> str:
    """ "All Events\\\\P1\\\\P2" as P1/P2; "" for every event."""
    if not fullname.strip():
        return ""
    names = [cleaned(name) if name.strip() else NAMELESS for name in fullname.strip().split("\\")]
    return "/".join(names[1:] if names[0] == _ROOT else names)
