"""Where a tube of the hostile study is on its report in a browser."""

from chromium import Browser
from report_study import context


def index_of(subject: str, visit: str, tube: str) -> int:
    keys = [(record.subject, record.visit, record.tube) for record in context().records]
    return keys.index((subject, visit, tube))


def show_tube(page: Browser, *key: str) -> str:
    place = f"#tube-{index_of(*key)}"
    page.run(f"location.hash = '{place}'")
    page.until(f"return [...document.querySelectorAll('{place} canvas')].some((one) => one.width > 140)")
    return place
