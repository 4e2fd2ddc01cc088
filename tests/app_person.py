"""A person at `tregate app` in a browser, whose interactions are counted."""

from pathlib import Path

from chromium import Browser
from review_server import Server

PASTE = """
const data = new DataTransfer();
data.setData("text/plain", arguments[0]);
const given = { clipboardData: data, bubbles: true, cancelable: true };
document.activeElement.dispatchEvent(new ClipboardEvent("paste", given));
"""


class Person:
    """What a person does, counted: a click, a key, a field filled, a choice, a paste."""

    def __init__(self, page: Browser) -> None:
        self.page, self.done = page, 0

    def click(self, selector: str) -> None:
        self.done += 1
        self.page.click(selector)

    def fill(self, selector: str, text: str) -> None:
        self.done += 1
        self.page.page.fill(selector, text)

    def leave(self) -> None:
        self.done += 1
        self.page.press("Tab")

    def press(self, key: str) -> None:
        self.done += 1
        self.page.press(key)

    def choose(self, selector: str, value: str) -> None:
        self.done += 1
        self.page.page.select_option(selector, value)

    def paste(self, text: str) -> None:
        self.done += 1
        self.page.run(PASTE, text)

    def wait(self, name: str, value: str) -> None:
        self.page.until(f"return document.body.dataset[{name!r}] === {value!r}", 60)


def opened(browser: Browser, server: Server) -> Person:
    browser.open("about:blank")  # a page of the server before asks for nothing any more
    browser.console(), browser.requests()
    browser.open(server.link)
    browser.until("return document.body.dataset.ready === 'yes'")
    return Person(browser)


def ask_for(person: Person, folder: Path) -> None:
    person.fill("#path", str(folder))
    person.press("Enter")


def open_study(person: Person, folder: Path, view: str = "files") -> None:
    """Go to a study, and there to a view."""
    ask_for(person, folder)
    person.wait("shown", "files")
    if view != "files":
        person.click(f"nav [data-view={view}]")
        person.wait("shown", view)


def cell(browser: Browser, at: int, column: str) -> str:
    """The selector of a cell in view."""
    heads = "[...document.querySelectorAll('.grid .head button')]"
    names = browser.run(f"return {heads}.map((one) => one.textContent.replace(/ [▲▼]$/, ''))")
    return f"#cell-{at}-{names.index(column)}"
