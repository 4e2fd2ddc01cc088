"""File names that no table can hold: bytes that are not UTF-8, as old archives and other systems leave them."""

from collections.abc import Iterable
from pathlib import Path

from tregate.pipelines.visible_text import visible


def has_text_name(path: Path) -> bool:
    """Whether the name can be written as UTF-8."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def odd_names_comment(paths: Iterable[Path], folder: Path) -> str:
    r"""Comment lines for study.yaml that list these files, with the bytes of their names as `\xff`; "" for none."""
    lines = [f"#   {visible(str(path.relative_to(folder)))}\n" for path in paths]
    head = "# Not listed in samples.csv, since the names are not UTF-8; rename these files and repeat `tregate init`:\n"
    return head + "".join(lines) if lines else ""
