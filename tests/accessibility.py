"""Faults of access on a page in the browser, as axe finds them."""

from pathlib import Path

import pytest
from chromium import Browser


def serious_faults(browser: Browser) -> list[str]:
    """Rules of axe that the page breaks in a serious or critical way, with the first place of each."""
    axe = pytest.importorskip("axe_playwright_python.base", reason="needs axe-playwright-python (make setup)")
    if not browser.run("return Boolean(window.axe)"):
        browser.run((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = browser.run("return axe.run(document).then((found) => found.violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]
