"""Cells that should give a reason, and what is written there instead of one."""

from typing import Literal

from tregate.pipelines.files.look_alikes import one_way

_NO = frozenset(
    ("no", "n", "false", "f", "0", "none", "null", "nil", "nan", "na", "n/a", "not applicable", "nein", "non",
     "ok", "used", "use", "keep", "include", "included")
)  # fmt: skip
_YES = frozenset(("yes", "y", "true", "t", "x", "1", "exclude", "excluded", "ja", "oui", "si", "sí"))

Without = Literal["no", "yes", ""]


def without_reason(text: str) -> Without:
    """What a cell answers that gives no reason: "no" (dashes and the like too) or "yes"; "" for a reason, or no text.

    Examples
    --------
    >>> without_reason("FALSE"), without_reason("-"), without_reason("x"), without_reason("clotted")
    ('no', 'no', 'yes', '')
    """
    plain = one_way(text).casefold().strip(" .!")
    if plain in _YES or (plain and set(plain) <= set("✓✔☑☒✗✘")):
        return "yes"
    return "no" if text and (plain in _NO or not any(c.isalnum() for c in plain)) else ""
