"""A real Chromium, driven through Debian's chromedriver by the W3C WebDriver protocol: plain JSON over HTTP."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "needs Debian's chromium and chromium-driver (apt-get install chromium chromium-driver)"

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--force-color-profile=srgb", "--hide-scrollbars",
)  # fmt: skip
KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}


class Page:
    """One browser window. Every method raises RuntimeError with the driver's own words where it fails."""

    def __init__(self, address: str, session: str, downloads: Path) -> None:
        self._at = f"{address}/session/{session}"
        self.downloads = downloads
        """Folder in which the page's downloads end."""

    def open(self, url: str) -> None:
        self._post("url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """Body of a function whose `return` value comes back; in the page's world, past its policy."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        self._post(f"element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self._post(f"element/{self._find(selector)}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Keys as a person strikes them, to whatever has the focus."""
        struck = [KEYS.get(key, key) for key in keys]
        actions = [{"type": kind, "value": key} for key in struck for kind in ("keyDown", "keyUp")]
        self._post("actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def text(self, selector: str) -> str:
        return str(self._get(f"element/{self._find(selector)}/text"))

    def until(self, script: str, seconds: float = 30.0) -> Any:
        """The first true value that the script returns; AssertionError if none comes."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never became true: {script}"
            time.sleep(0.03)
        return value

    def size(self, width: int, height: int) -> None:
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def dark(self, on: bool) -> None:
        features = [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._get("screenshot"))

    def printed(self) -> bytes:
        """The page as PDF, A4 landscape."""
        return base64.b64decode(self._post("print", {"orientation": "landscape", "background": False}))

    def console(self) -> list[str]:
        """Messages of the console since the last call, errors and refusals by the content policy among them."""
        return [entry["message"] for entry in self._post("se/log", {"type": "browser"})]

    def requests(self) -> list[str]:
        """Addresses asked for since the last call.

        Left out: what lies within the page (data:, blob:), what its content policy refused, the browser's own tab.
        """
        entries = [json.loads(entry["message"])["message"] for entry in self._post("se/log", {"type": "performance"})]
        asked = [e["params"] for e in entries if e["method"] == "Network.requestWillBeSent"]
        failed = [e["params"] for e in entries if e["method"] == "Network.loadingFailed"]
        refused = {e["requestId"] for e in failed if e.get("blockedReason") == "csp"}
        urls = [request["request"]["url"] for request in asked if request["requestId"] not in refused]
        return [url for url in urls if not url.startswith(("data:", "blob:", "chrome:"))]

    def devtools(self, command: str, **parameters: Any) -> Any:
        return self._post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def _find(self, selector: str) -> str:
        found = self._post("element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _ask(f"{self._at}/{path}", body)

    def _get(self, path: str) -> Any:
        return _ask(f"{self._at}/{path}", None)


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser of its own profile, gone with everything it kept when the block ends."""
    assert CHROMIUM, MISSING
    assert DRIVER, MISSING
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as driver,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address)
            options = {
                "binary": CHROMIUM,
                "args": [*_ARGUMENTS, f"--user-data-dir={profile}"],
                "prefs": {"download.default_directory": profile, "download.prompt_for_download": False},
            }
            wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
            session = _ask(f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
            try:
                page = Page(address, session, Path(profile))
                page.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=profile)
                yield page
            finally:
                _ask(f"{address}/session/{session}", None, method="DELETE")
        finally:
            driver.terminate()


def _wait_for(address: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            _ask(f"{address}/status", None)
            return
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < end, "chromedriver does not answer"
            time.sleep(0.1)


def _ask(url: str, body: dict[str, Any] | None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as refused:
        with refused:
            told = json.load(refused)["value"]
        raise RuntimeError(f"{told['error']}: {told['message'].splitlines()[0]}") from None
