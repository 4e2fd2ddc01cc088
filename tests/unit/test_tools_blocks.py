"""Parts of a page that scripts write."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from blocks import put

PAGE = "# A page\n\n<!-- one -->\n\nold\n\n<!-- end of one -->\n\nprose\n\n<!-- two -->\n<!-- end of two -->\n"


def test_only_the_named_block_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    put(page, "one", "| µL |\n")
    assert page.read_text(encoding="utf-8") == PAGE.replace("old", "| µL |")
    put(page, "one", "| µL |")
    assert page.read_text(encoding="utf-8") == PAGE.replace("old", "| µL |")


def test_an_empty_block_is_filled(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    put(page, "two", "new")
    assert "prose\n\n<!-- two -->\n\nnew\n\n<!-- end of two -->\n" in page.read_text(encoding="utf-8")


def test_a_block_that_is_not_there_is_reported(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    with pytest.raises(ValueError, match="has no block <!-- three -->"):
        put(page, "three", "new")
    assert page.read_text(encoding="utf-8") == PAGE
