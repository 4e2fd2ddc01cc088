"""kill -9 of `tregate app` at random moments of a person's way: nothing confirmed is lost, and nothing done twice."""

import random
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from app_person import Person, cell
from app_script import TUBES, Script, Step
from app_server import app_serving
from chromium import CHROMIUM, MISSING, Browser
from cli_running import rows, tregate
from playwright.sync_api import Error, Page
from review_server import Server

from tregate.pipelines.review.audit_log import read_log

pytestmark = [pytest.mark.skipif(not CHROMIUM, reason=MISSING), pytest.mark.timeout(1800)]

KILLS = 30
LONGEST = 5.0
"""Seconds from a page that is ready to the kill of its server, at most."""


class KilledError(Exception):
    """The server went away."""


def has_gone(server: Server) -> bool:
    """Whether the server was killed: its connections end a moment before it does."""
    try:
        server.process.wait(2)
    except subprocess.TimeoutExpired:
        return False
    return True


class Tab(Browser):
    """A tab whose waits end with the server."""

    def __init__(self, page: Page, downloads: Path, server: Server) -> None:
        super().__init__(page, downloads)
        page.set_default_timeout(8_000)
        self.server = server

    def until(self, script: str, seconds: float = 30.0) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.server.process.poll() is not None:
                raise KilledError
            try:
                if found := self.run(script):
                    return found
            except Error:  # the page is on its way to another address
                pass
            self.page.wait_for_timeout(20)
        raise AssertionError(f"not within {seconds} s: {script}")


class Desk:
    """A person with one browser, who starts the application again whenever it has gone."""

    def __init__(self, browser: Browser, folder: Path, chance: random.Random, most: int) -> None:
        self.browser, self.folder, self.chance, self.most = browser, folder, chance, most
        self.kills, self.in_the_old_tab = 0, 0
        self.stack = ExitStack()
        self.tab = self.started()

    def started(self) -> Tab:
        """Start the application as often as it is killed before its page is there."""
        while True:
            try:
                return self.start()
            except (KilledError, Error):
                assert has_gone(self.server)

    def start(self) -> Tab:
        """Start the application and open its link in a new tab, as it does itself."""
        self.stack.close()
        server = self.server = self.stack.enter_context(app_serving(None, self.folder))

        def kill() -> None:
            self.kills += 1
            server.process.send_signal(signal.SIGKILL)

        tab = Tab(self.browser.page.context.new_page(), self.browser.downloads, server)
        tab.open(server.link)
        tab.until("return document.body.dataset.ready === 'yes'")
        if self.kills < self.most:
            stop = threading.Timer(self.chance.uniform(0.0, LONGEST), kill)
            stop.start()
            self.stack.callback(stop.cancel)
        return tab

    def again(self) -> None:
        """After a kill: go on in the old tab, which finds the new server, or in the new one."""
        old = self.tab
        while True:
            new = self.started()
            old.server = new.server
            try:
                if not old.page.url.startswith("http://") or self.chance.random() < 0.5:
                    old.page.close()
                    self.tab = new
                    return
                new.page.close()
                old.until("return document.body.dataset.ready === 'yes' && document.body.dataset.answers !== 'no'")
                self.in_the_old_tab += 1
                return
            except (KilledError, Error):
                assert has_gone(self.server)


def gone_through(desk: Desk, script: Script, steps: Iterable[Step]) -> list[str]:
    """Go through the steps; those at which the server was killed."""
    confirmed: list[Step] = []
    killed_at: list[str] = []
    for step in steps:
        while True:
            script.person.page = desk.tab
            try:
                if step.is_kept is None or not step.is_kept():
                    script.arrive(step.view)
                    if step.is_kept is None or not step.is_kept():
                        step.do()
                confirmed.append(step)
                break
            except (KilledError, Error, AssertionError):
                if not has_gone(desk.tab.server):
                    raise
                killed_at.append(step.name)
                desk.again()
                lost = [one.name for one in confirmed if one.is_kept is not None and not one.is_kept()]
                assert not lost
    return killed_at


def test_a_page_whose_server_ended_says_so_and_goes_on_with_the_next(
    browser: Browser, instrument: Any, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(instrument.folder, tmp_path / instrument.folder.name))
    desk = Desk(browser, tmp_path, random.Random(0), 0)
    script = Script(Person(desk.tab), folder, instrument.written, tmp_path / "all.zip")
    script.person.page = tab = desk.tab
    script.set_up()
    port = tab.server.port
    tab.server.process.kill()
    tab.server.process.wait()
    tab.click(cell(tab, 0, "note"))
    tab.press("F2")
    tab.page.fill(".grid input.edit", "never confirmed")
    tab.press("Enter")
    Browser.until(tab, "return document.body.dataset.answers === 'no'")
    assert "Start it again" in tab.text("#away")
    assert tab.text("#saved") == "Not written"
    with app_serving(None, tmp_path) as server:
        assert server.port == port
        tab.server = server
        tab.until("return document.querySelector('#away').textContent.includes('Open the page or the link')")
        with tab.page.context.new_page() as other:
            other.goto(server.link)
            tab.until("return document.querySelector('#toast').textContent.includes('repeat a change that is missing')")
        assert not tab.page.is_visible("#away")
        assert "never confirmed" not in script.samples()
        assert "never confirmed" not in tab.text(".grid .body")
        tab.click(cell(tab, 0, "note"))
        tab.press("F2")
        tab.page.fill(".grid input.edit", "confirmed")
        tab.press("Enter")
        script.saved()
        assert "confirmed" in script.samples()
    tab.page.close()
    desk.stack.close()


@pytest.mark.slow
def test_the_way_goes_on_after_every_kill(browser: Browser, instrument: Any, tmp_path: Path) -> None:
    chance = random.Random(19)
    killed_at: list[str] = []
    kills = in_the_old_tab = passes = 0
    while kills < KILLS:
        place = tmp_path / str(passes)
        folder = Path(shutil.copytree(instrument.folder, place / instrument.folder.name))
        desk = Desk(browser, place, chance, KILLS - kills)
        script = Script(Person(desk.tab), folder, instrument.written, place / "all.zip")
        try:
            killed_at += gone_through(desk, script, script.steps())
        finally:
            desk.stack.close()
        desk.tab.page.close()
        refuse_difference(script, place)
        kills, in_the_old_tab, passes = kills + desk.kills, in_the_old_tab + desk.in_the_old_tab, passes + 1
    where = f"{', '.join(killed_at)}; {kills - len(killed_at)} before the next step began"
    print(f"{kills} kills in {passes} passes, {in_the_old_tab} times gone on in the old tab. At: {where}")


def refuse_difference(script: Script, place: Path) -> None:
    """Each tube was decided once and the run signed once; figures are the command line's; both folders verify."""
    log = read_log(script.out / "audit.jsonl")
    decided = [(one.wish.action, one.wish.subject, one.wish.visit, one.wish.tube) for one in log.decisions]
    assert len(set(decided)) == len(decided) == TUBES + 1
    assert tregate("run", script.folder, "--out", place / "cli", "--workers", "1").code == 0
    ours = {path.name: path.read_bytes() for path in script.out.iterdir() if path.suffix in (".csv", ".xlsx", ".svg")}
    assert len(ours) > 8
    assert ours == {path.name: path.read_bytes() for path in (place / "cli").iterdir() if path.name in ours}
    assert any(float(row["treg_per_ul"] or 0) > 0 for row in rows(script.out / "treg.csv"))
    assert tregate("verify", script.out).code == 0
    with zipfile.ZipFile(script.archive) as archive:
        archive.extractall(place / "elsewhere")
    (taken,) = (place / "elsewhere").rglob("RESULTS")
    assert tregate("verify", taken).code == 0
