"""One placed gate as JSON values and back: what gates.csv has in a row, for records that are no table."""

from collections.abc import Mapping
from typing import Any

from tregate.gating.events import PlacedGate
from tregate.gating.units import PopulationName
from tregate.pipelines.interchange.gates_file import shape_from_plain, shape_to_plain


def gate_to_plain(gate: PlacedGate) -> dict[str, Any]:
    """The gate as JSON values; floats keep every bit."""
    return {
        "population": str(gate.population),
        "parent": str(gate.parent),
        "method": gate.method,
        "shape": "" if gate.shape is None else type(gate.shape).__name__.lower(),
        "geometry": None if gate.shape is None else shape_to_plain(gate.shape),
        "evidence": dict(gate.evidence),
        "fallback": gate.fallback,
        "placed_by": gate.placed_by,
        "reason": gate.reason,
    }


def gate_from_plain(plain: Mapping[str, Any]) -> PlacedGate:
    """The gate that `gate_to_plain` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    shape = shape_from_plain(plain["shape"], plain["geometry"]) if plain["shape"] else None
    words = {name: plain[name] for name in ("method", "fallback", "placed_by", "reason")}
    if not all(isinstance(word, str) for word in words.values()) or not isinstance(plain["evidence"], dict):
        raise ValueError("a gate has words and evidence")
    return PlacedGate(
        population=PopulationName(str(plain["population"])),
        parent=PopulationName(str(plain["parent"])),
        method=words["method"],
        shape=shape,
        evidence=plain["evidence"],
        fallback=words["fallback"],
        placed_by=words["placed_by"],
        reason=words["reason"],
    )
