"""A window of Chromium, a server of `tregate app`, and a folder as an instrument leaves it, for each file of tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from app_server import app_serving
from chromium import Browser, chromium
from instrument_folder import instrument_folder
from review_server import Server


@dataclass(frozen=True)
class Instrument:
    """A folder of an instrument, not to be changed, and what the trial says of its tubes, as CSV text by file name."""

    folder: Path
    written: dict[str, str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as page:
        page.size(1440, 900)
        yield page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with app_serving(None, tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture(scope="session")
def instrument(tmp_path_factory: pytest.TempPathFactory) -> Instrument:
    folder = tmp_path_factory.mktemp("instrument") / "IL-2 pilot"
    return Instrument(folder, instrument_folder(folder))
