"""The model file: what a person wrote (landmarks, recipe) and what training found, with a fingerprint of both."""

import hashlib
import json
from typing import Any

from tregate.gating.strategy.learned_model import LearnedModel


def fingerprint(model: LearnedModel) -> str:
    """SHA-256 of landmarks, recipe and coefficients."""
    plain = model.model_dump(mode="json", exclude={"fingerprint", "about"})
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def model_text(model: LearnedModel) -> str:
    """The model as YAML; keys in the order of the schema, defaults left out."""
    import yaml

    plain: dict[str, Any] = model.model_dump(mode="json", exclude_defaults=True)
    head = "# Written by `tregate train`: change landmarks and recipe only, then train again.\n"
    return head + str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=116, default_flow_style=None))
