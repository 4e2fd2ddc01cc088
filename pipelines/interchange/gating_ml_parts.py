"""The parts of a Gating-ML document that FlowKit reads: each on its own, so that one it cannot read is refused alone.

FlowKit refuses a document for one part, and for trees that the standard allows (a Boolean gate of its own parent).
So it is given gates without their place in the tree, which `gating_ml_tree` reads.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from tregate.pipelines.interchange.flowjo_gates import MOST_VERTICES, NotTakenOverError
from tregate.pipelines.interchange.gating_ml_shapes import DATA_TYPES, GATING, TRANSFORMS
from tregate.pipelines.interchange.safe_xml import attribute, children, local_name

AT_A_TIME = 64
"""FlowKit's time grows with the square of the number of gates that it is given."""
MOST_DIVISIONS = 1_000
"""Values of a divider of quadrants: FlowKit sorts them again for each quadrant."""
_SPACES = {"gating": GATING, "transforms": TRANSFORMS, "data-type": DATA_TYPES}


@dataclass(frozen=True, slots=True)
class Definitions:
    """Transformations and matrices that gates refer to."""

    transforms: Mapping[str, Any] = field(default_factory=dict)
    matrices: Mapping[str, Any] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    """Id of one that cannot be read -> why."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Id of a transformation with a boundMin or boundMax -> both; all that lies beyond is placed there."""

    def transform(self, reference: Any) -> Any:
        """Raises NotTakenOverError where there is none."""
        if reference not in self.transforms:
            raise NotTakenOverError(f'its transformation "{reference}" {self._missing(reference)}')
        return self.transforms[reference]

    def check_matrix(self, reference: str) -> None:
        """Raises NotTakenOverError where there is none."""
        if reference not in self.matrices:
            raise NotTakenOverError(f'its compensation "{reference}" {self._missing(reference)}')

    def check_bounds(self, shape: Any) -> None:
        """Raises NotTakenOverError for a gate that reaches beyond the bounds of a scale: no strategy has them.

        One within them holds the same events without. FlowKit does not read the bounds.
        """
        import flowkit

        for i, dim in enumerate(shape.dimensions):
            name = str(getattr(dim, "transformation_ref", None) or "")
            if name not in self.bounds:
                continue
            low, high = self.bounds[name]
            match shape:
                case flowkit.gates.RectangleGate():
                    numbers = [edge for edge in (dim.min, dim.max) if edge is not None]
                case flowkit.gates.PolygonGate():
                    numbers = [corner[i] for corner in shape.vertices]
                case flowkit.gates.QuadrantGate():
                    numbers = list(dim.values)
                case _:
                    numbers = [math.nan]
            if not all(low < float(number) < high for number in numbers):
                raise NotTakenOverError(f"it reaches beyond boundMin or boundMax of its scale {name}")

    def _missing(self, reference: str) -> str:
        why = self.unread.get(reference)
        return f"cannot be read: {why}" if why else "is not in the document"


def definitions_of(root: Any) -> Definitions:
    """The transformations and matrices of a document."""
    elements = children(root, "transformation", "spectrumMatrix")
    number = Counter(attribute(element, "id") or "" for element in elements)
    transforms: dict[str, Any] = {}
    matrices: dict[str, Any] = {}
    unread = {name: "the document has two of this name" for name, n in number.items() if n > 1}
    alone = [element for element in elements if (attribute(element, "id") or "") not in unread]
    for part, gml, why in _read(alone):
        if gml is None:
            unread[attribute(part[0], "id") or ""] = why
        else:
            transforms |= gml.transformations
            matrices |= gml.comp_matrices
    bounds = dict(_bounds([element for element in alone if attribute(element, "id") in transforms]))
    return Definitions(transforms, matrices, unread, bounds)


def _bounds(elements: Sequence[Any]) -> Iterator[tuple[str, tuple[float, float]]]:
    for element in elements:
        low, high = attribute(element, "boundMin"), attribute(element, "boundMax")
        if low is not None or high is not None:
            yield attribute(element, "id") or "", (float(low or "-inf"), float(high or "inf"))


def shapes_of(elements: Sequence[Any]) -> list[Any | str]:
    """What FlowKit makes of each gate element that is not Boolean, or why it cannot be read."""
    found: list[Any | str] = [_too_large(element) for element in elements]
    for start in range(0, len(elements), AT_A_TIME):
        some = enumerate(elements[start : start + AT_A_TIME], start=start)
        named = {f"gate_{i}": element for i, element in some if not found[i]}
        for part, gml, why in _read([_without_place(name, element) for name, element in named.items()]):
            for element in part:
                name = str(attribute(element, "id"))
                found[int(name.removeprefix("gate_"))] = why if gml is None else gml.get_gate(name, ("root",))
    return found


def _too_large(element: Any) -> str:
    """Why a gate is not given to FlowKit, which bounds nothing; "" where it is."""
    corners = len(children(element, "vertex"))
    if corners > MOST_VERTICES:
        return f"it has {corners:,} corners and at most {MOST_VERTICES:,} are read"
    values = max((len(children(divider, "value")) for divider in children(element, "divider")), default=0)
    return f"a divider has {values:,} values and at most {MOST_DIVISIONS:,} are read" if values > MOST_DIVISIONS else ""


def _without_place(name: str, element: Any) -> Any:
    """The gate under a name that none has, without its parent."""
    made = deepcopy(element)
    made.set(f"{{{GATING}}}id", name)
    made.attrib.pop(f"{{{GATING}}}parent_id", None)
    for i, quadrant in enumerate(children(made, "Quadrant")):
        quadrant.set(f"{{{GATING}}}id", f"{name}_{i}")
    return made


def _read(elements: Sequence[Any]) -> Iterator[tuple[Sequence[Any], Any | None, str]]:
    """Elements with what FlowKit makes of them, or one alone with why it cannot be read."""
    import flowkit
    from lxml import etree

    if not elements:
        return
    root = etree.Element(f"{{{GATING}}}Gating-ML", nsmap=_SPACES)
    root.extend([deepcopy(element) for element in elements])
    text = etree.tostring(root)
    try:
        yield elements, flowkit.parse_gating_xml(BytesIO(text)), ""
    except Exception as error:  # FlowKit raises many kinds, and its own base class is Exception
        if len(elements) == 1:
            yield elements, None, _against_schema(text) or f"{type(error).__name__} {str(error)[:100].rstrip('.')}"
            return
        half = len(elements) // 2
        yield from _read(elements[:half])
        yield from _read(elements[half:])


def _against_schema(text: bytes) -> str:
    """Which part of a document breaks the schema of Gating-ML 2.0; "" where none does."""
    from flowkit._resources import gml_schema
    from lxml import etree

    if gml_schema.validate(etree.parse(BytesIO(text))):
        return ""
    said = re.sub(r"\{[^}]*\}", "", gml_schema.error_log[0].message)
    return f"the schema of Gating-ML 2.0 does not allow it ({said[:120].rstrip('. ')})"


def gate_elements(root: Any) -> list[Any]:
    """All children of a document but transformations, matrices and information of other programs."""
    other = ("transformation", "spectrumMatrix", "custom_info")
    return [element for element in root.iterchildren("*") if local_name(element) not in other]
