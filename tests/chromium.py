"""The Chromium of the system, driven by playwright: what the tests of the page say and ask."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = "needs the system's Chromium (apt-get install chromium)"

ARGUMENTS = (
    "--no-sandbox", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--force-color-profile=srgb",
)  # fmt: skip
"""root may start it, it finds no other machine, and colours are those of the file."""


class Browser:
    """One window, and what its page wrote to the console and asked for since the last look."""

    def __init__(self, page: Page, downloads: Path) -> None:
        self.page = page
        self.downloads = downloads
        """Folder in which the page's downloads end."""
        self._console: list[str] = []
        self._requests: list[str] = []
        page.on("console", lambda message: self._console.append(message.text))
        page.on("pageerror", lambda error: self._console.append(str(error)))
        page.on("request", self._asked)
        page.on("requestfailed", self._refused)
        page.on("download", lambda download: download.save_as(downloads / download.suggested_filename))

    def open(self, url: str) -> None:
        self.page.goto(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Body of a function whose `return` value comes back; in the page's world, past its policy."""
        return self.page.evaluate(f"(given) => (function () {{ {script} }}).apply(null, given)", list(arguments))

    def press(self, *keys: str) -> None:
        """Keys as a person strikes them, to whatever has the focus."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, selector: str, text: str) -> None:
        """Text as a person writes it, after what is there."""
        self.page.locator(selector).press_sequentially(text)

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def until(self, script: str, seconds: float = 30.0) -> Any:
        """The first true value that the script returns; playwright's TimeoutError if none comes.

        While a page gives way to the next there is no body for a moment, and nothing is true yet.
        """
        return self.page.wait_for_function(
            f"() => {{ if (!document.body) return false; {script} }}", timeout=1000.0 * seconds
        ).json_value()

    def size(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def screenshot(self) -> bytes:
        return self.page.screenshot()

    def printed(self) -> bytes:
        """The page as PDF, A4 landscape."""
        return self.page.pdf(format="A4", landscape=True)

    def console(self) -> list[str]:
        """Messages since the last call, errors and refusals by the content policy among them."""
        messages, self._console = self._console, []
        return messages

    def requests(self) -> list[str]:
        """Addresses asked for since the last call, without what lies in the page or its content policy refused."""
        asked, self._requests = self._requests, []
        return [url for url in asked if not url.startswith(("data:", "blob:", "chrome:"))]

    def _asked(self, request: Request) -> None:
        self._requests.append(request.url)

    def _refused(self, request: Request) -> None:
        if "csp" in (request.failure or "") and request.url in self._requests:
            self._requests.remove(request.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own profile, gone with everything it kept when the block ends."""
    assert CHROMIUM, MISSING
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield Browser(browser.new_context(accept_downloads=True).new_page(), Path(folder))
        finally:
            browser.close()
