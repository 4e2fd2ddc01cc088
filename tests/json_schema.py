"""The part of JSON Schema that docs/run.schema.json uses, so that answers are held against the file itself."""

import json
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "docs" / "run.schema.json").read_text(encoding="utf-8")
)
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def faults(value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """Where the value is not as the schema says."""
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], at)
    if "oneOf" in schema:
        fits = [one for one in schema["oneOf"] if not faults(value, one, at)]
        return [] if len(fits) == 1 else [f"{at}: fits {len(fits)} of {len(schema['oneOf'])} kinds"]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{at}: {value!r}"]
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not any(isinstance(value, TYPES[one]) and (one == "boolean" or value is not True) for one in types):
        return [f"{at}: {value!r} is no {types}"]
    if isinstance(value, dict):
        named, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        found = [f"{at}: no {name}" for name in schema.get("required", []) if name not in value]
        for name, one in value.items():
            if name in named or isinstance(others, dict):
                found += faults(one, named.get(name, others), f"{at}.{name}")
            elif others is False:
                found.append(f"{at}: {name} is not in the schema")
        return found
    if isinstance(value, list):
        return [fault for i, one in enumerate(value) for fault in faults(one, schema["items"], f"{at}[{i}]")]
    return [f"{at}: {value}"] if "minimum" in schema and value < schema["minimum"] else []


def answer(text: str, kind: str) -> dict[str, Any]:
    """The one object on standard output, which must be of this kind."""
    answer: dict[str, Any] = json.loads(text)
    assert faults(answer, SCHEMA["$defs"][kind]) == []
    assert faults(answer, SCHEMA) == []
    return answer
