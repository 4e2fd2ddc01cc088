"""Text that a spreadsheet will not run as a formula."""

FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""Characters with which a spreadsheet begins to calculate, call or drop a cell (full-width ones included)."""

_SUSPECT = FORMULA_STARTS | {"'"}


def safe_text(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula.

    `plain_text` gives the original back, whatever it was.
    """
    return "'" + text if text[:1] in _SUSPECT and _would_run(text) else text


def plain_text(text: str) -> str:
    """What `safe_text` was given."""
    return text[1:] if text.startswith("'") and _would_run(text) else text


def _would_run(text: str) -> bool:
    return text.lstrip("'")[:1] in FORMULA_STARTS
