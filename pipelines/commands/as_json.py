"""A command's answer as JSON, for scripts."""

import json


def print_json(value: object) -> None:
    """Print plain values as JSON; what JSON does not know, as text."""
    from tregate.pipelines.visible_text import visible_json

    print(visible_json(json.dumps(value, indent=1, ensure_ascii=False, default=str)))
