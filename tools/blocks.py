"""Parts of a page that a script writes: everything between <!-- NAME --> and <!-- end of NAME -->."""

from pathlib import Path


def put(page: Path, name: str, text: str) -> None:
    """Replace the block of that name. Raises ValueError where the page has none."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page} has no block {begin} ... {end}")
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
