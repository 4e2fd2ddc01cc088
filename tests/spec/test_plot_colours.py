"""Every page that draws with plot.js names all the colours that it asks for: one without is drawn black."""

import re
from pathlib import Path

import pytest

from tregate import pipelines

ROOT = Path(pipelines.__file__).parent
PAGES = ("report/page/page.css", "reviewing/page/review.css", "application/page/app.css")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_colours_of_plots(page: str) -> None:
    drawn = (ROOT / "report/page/plot.js").read_text(encoding="utf-8")
    asked = set(re.findall(r'"(--[a-z]+)"', drawn))
    assert len(asked) > 5
    named = set(re.findall(r"(--[a-z]+):", (ROOT / page).read_text(encoding="utf-8")))
    assert asked - named == set()
