"""The review page in a browser: how it is opened, where gates are on the screen, and how they are dragged."""

from typing import Any

from chromium import Browser
from review_server import Server

EDGE = """
const gate = document.querySelector(`.gate[data-population="${CSS.escape(given)}"] canvas`);
const box = gate.getBoundingClientRect();
return [box.x, box.y, box.width, box.height];
"""
READY = "return document.body.dataset.ready === 'yes'"


def open_page(page: Browser, link: str) -> None:
    page.open(link)
    page.until(READY)


def reload(page: Browser) -> None:
    page.page.reload()
    page.until(READY)


def give_name(page: Browser, who: str) -> None:
    """Write the name of the reader, and leave the field, so that keys are shortcuts again."""
    page.page.fill("#who", who)
    leave_field(page)


def leave_field(page: Browser) -> None:
    page.run("document.activeElement.blur()")


def focus(page: Browser, population: str) -> None:
    """Give a gate the focus, so that keys move it."""
    page.run('document.querySelector(`.gate[data-population="${arguments[0]}"]`).focus()', population)


def answer(page: Browser, path: str) -> Any:
    """What the server gives the page, as JSON."""
    return page.run("return fetch(arguments[0]).then((answer) => answer.json())", path)


def current(page: Browser) -> int:
    """Number of the tube that is shown."""
    return int(page.run("return location.hash.slice(1)"))


def pull(page: Browser, start: tuple[float, float], *ways: tuple[float, float], steps: int = 3) -> None:
    """Press the mouse at a pixel, move it to others one after the other, and let it go."""
    mouse = page.page.mouse
    mouse.move(*start)
    mouse.down()
    for x, y in ways:
        mouse.move(x, y, steps=steps)
    mouse.up()


def place_of(page: Browser, population: str, share: float, height: float = 0.4) -> tuple[float, float]:
    """A pixel of a gate's plot: share of its x axis, and of its height."""
    x, y, width, _ = page.run(f"const given = arguments[0]; {EDGE}", population)
    side = width - 52
    return x + 48 + share * side, y + 4 + (1 - height) * side


def edge_of(page: Browser, server: Server, population: str) -> float:
    """Where a threshold is, as a share of its plot's x axis."""
    tube = answer(page, f"/api/tube/{current(page)}")
    gate = next(one for one in tube["gates"] if one["population"] == population)
    low, high = gate["x"][2:]
    (at,) = [end for end in gate["edit"]["range"] if end is not None]
    return (at - low) / (high - low)


def choose(page: Browser, name: str) -> None:
    """Click a tube in the list."""
    spans = "[...document.querySelectorAll('#tubes button > span:first-child')]"
    page.run(f"{spans}.find((one) => one.firstChild.textContent === arguments[0]).click()", name)


def is_shown(page: Browser, name: str) -> None:
    """Wait until a tube is shown."""
    page.until(f"return document.querySelector('#tube-name').textContent.startsWith({name + ' — '!r})")


def show(page: Browser, name: str) -> None:
    """Go to a tube by its name in the list."""
    choose(page, name)
    is_shown(page, name)


def drag(page: Browser, server: Server, population: str, steps: list[float]) -> list[float]:
    """Drag a threshold through shares of its axis; how long the figures took to follow each [s]."""
    page.run(
        """
        window.asked = 0; window.took = [];
        addEventListener("pointermove", () => { window.asked = performance.now(); }, { capture: true });
        new MutationObserver(() => requestAnimationFrame(() => window.took.push(performance.now() - window.asked)))
          .observe(document.body, { attributeFilter: ["data-followed"] });
        """
    )
    mouse = page.page.mouse
    mouse.move(*place_of(page, population, edge_of(page, server, population)))
    mouse.down()
    for number, share in enumerate(steps, start=1):
        mouse.move(*place_of(page, population, share))
        page.until(f"return window.took.length >= {number}")
    mouse.up()
    return [one / 1000.0 for one in page.run("return window.took")][: len(steps)]


def figures(page: Browser) -> dict[str, str]:
    return page.run(
        "return Object.fromEntries([...document.querySelectorAll('#figures [data-measure]')]"
        ".map((one) => [one.dataset.measure, one.querySelector('b').innerText]))"
    )


def events(page: Browser) -> dict[str, str]:
    return page.run(
        "return Object.fromEntries([...document.querySelectorAll('.gate')].map((one) => "
        "[one.dataset.population, one.querySelector('.numbers').innerText.replace(/\\u202f/g, '')]))"
    )


def overlay(page: Browser, name: str) -> None:
    """Press `o` until a control is laid over the plots."""
    shown = "document.body.dataset.overlaid"
    for _ in range(8):
        before = page.run(f"return {shown} || ''")
        page.press("o")
        page.until(f"return {shown} !== {before!r}")
        if page.run(f"return {shown}") == name:
            return
    raise AssertionError(f"{name} was never shown")


def grip(page: Browser, place: str, name: str) -> tuple[float, float]:
    """Where a handle of a plot is on the screen."""
    x, y, at = page.run(
        f"const c = document.querySelector({place!r}); const box = c.getBoundingClientRect();"
        "return [box.x, box.y, c.plot.handles];"
    )
    k = {"long": 0, "short": 1, "turn": 2}[name]
    return x + at[k][0], y + at[k][1]
