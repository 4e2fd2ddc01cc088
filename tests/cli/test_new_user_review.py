"""A study reviewed as docs/how-to/review.md says: 30 tubes, three gates that lie wrong; moved, signed, rebuilt."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from chromium import CHROMIUM, MISSING, Browser, chromium
from cli_running import rows, tregate
from dimmed_tubes import dim, fix_cd4
from review_server import serving

from tregate.fixtures.trial import make_trial
from tregate.pipelines.review.audit_log import read_log

DIMMED = (0.09, 0.4, 0.5)
"""What the detectors of the three tubes read of the signal; of the first nothing is left above the threshold."""
WRONG = (("S02", "D8"), ("S04", "D1"), ("S05", "D8"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 tubes; CD4+ of the washed tube has a threshold that the laboratory fixed."""
    folder = tmp_path_factory.mktemp("new_user")
    make_trial(
        folder / "study", seed=21, subjects=5, visits=("D1", "D8"), events=(40_000, 60_000), withdrawn=0,
        formats=("float_little",),
    )  # fmt: skip
    fix_cd4(folder / "study")
    shutil.copytree(folder / "study", folder / "right")
    for (subject, visit), share in zip(WRONG, DIMMED, strict=True):
        dim(folder / "study" / "fcs" / f"{subject}_{visit}_TREG.fcs", share)
    return folder


def shown(page: Browser) -> tuple[str, str, str]:
    subject, visit, rest = page.text("#tube-name").split(" · ")
    return subject, visit, rest.split(" — ")[0]


def gap(page: Browser) -> tuple[float, float, float]:
    """What an eye sees on the plot of CD4+: pixels of the threshold and of the gap between the two clouds, and the
    share of the ink that lies between both."""
    across, at, left, side = page.run(
        """
        const { plot } = document.querySelector('.gate[data-population="CD4+"] canvas');
        const [width, height] = plot.gate.size;
        const { data } = plot.density.picture.getContext("2d").getImageData(0, 0, width, height);
        const ink = (x, y) => (data[4 * (y * width + x) + 3] ? 255 - data[4 * (y * width + x)] : 0);
        const sum = (x) => Array.from({ length: height }, (_, y) => ink(x, y)).reduce((a, b) => a + b);
        return [Array.from({ length: width }, (_, x) => sum(x)), plot.x(plot.edit.range[0]), plot.left, plot.side];
        """
    )
    heights = np.convolve(across, np.ones(5) / 5, mode="same")
    top = int(np.argmax(heights))
    lowest = np.array([heights[min(top, k) : max(top, k) + 1].min() for k in range(len(heights))])
    other = int(np.argmax(heights - lowest))
    low, high = sorted((top, other))
    floor = np.flatnonzero(heights[low : high + 1] <= heights[low : high + 1].min() + 1e-9) + low
    wanted = left + (float(floor.mean()) + 0.5) / len(heights) * side
    first, last = sorted(round((px - left) / side * len(heights)) for px in (at, wanted))
    return at, wanted, sum(across[max(first, 0) : max(last, 0)]) / sum(across)


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason=MISSING)
def test_a_new_user_finds_and_moves_three_gates_signs_and_rebuilds_the_tables(study: Path, tmp_path: Path) -> None:
    out = study / "out"
    done = tregate("run", study / "study", "--out", out, "--workers", "2")
    assert done.code == 1, done.err
    assert "S02_D8_TREG.fcs: gate: Treg was not measured" in done.err
    right = tregate("run", study / "right", "--out", study / "truth", "--workers", "2", "--report", "none")
    assert right.code == 0, right.err
    started, keys, moved, place = time.monotonic(), 0, [], []
    with serving(out, tmp_path) as server, chromium() as page:
        page.size(1440, 900)
        page.open(server.link)
        page.until("return document.body.dataset.ready === 'yes'")
        page.type("#who", "N. Reader")
        page.run("document.activeElement.blur()")
        for number in range(30):
            name = shown(page)
            at, wanted, between = gap(page) if name[2] == "TREG" else (0.0, 0.0, 0.0)
            if between > 0.05:
                moved.append(name[:2])
                place.append(number + 1)
                box = page.page.locator('.gate[data-population="CD4+"] canvas').bounding_box()
                mouse = page.page.mouse
                mouse.move(box["x"] + at, box["y"] + 60)
                mouse.down()
                mouse.move(box["x"] + wanted, box["y"] + 60, steps=5)
                mouse.up()
                page.type("#draft-reason", "threshold lies in the CD4+ cloud")
                page.press("Enter")
                page.until("return document.querySelector('#draft').hidden")
                page.until("return document.querySelector('#toast').innerText.includes('Kept as entry')")
                page.run("document.activeElement.blur()")
                keys += 34
            page.press("r")
            keys += 1
            if number < 29:
                page.until(
                    f"return document.querySelector('#tube-name').textContent.split(' — ')[0] !== {' · '.join(name)!r}"
                )
        page.until("return document.querySelector('#progress').innerText.startsWith('30 of 30 reviewed')")
        assert page.console() == []
    seconds = time.monotonic() - started
    print(f"30 tubes in {seconds:.0f} s of page time, {keys} keys, wrong gates at places {place} of the list")
    assert sorted(moved) == sorted(WRONG)
    assert place == [1, 2, 3], "the wrong gates stand at the head of the list"
    assert moved[0] == WRONG[0], "and first the tube that gave no value"

    assert tregate("tables", out).code == 0
    signed = tregate("sign", out, "--name", "N. Reader", "--statement", "I reviewed all 30 tubes")
    assert signed.code == 0, signed.err
    assert tregate("verify", out).code == 0
    assert [one.wish.action for one in read_log(out / "audit.jsonl").decisions].count("move") == 3
    before = {(row["subject"], row["visit"]): row for row in rows(study / "truth" / "treg.csv")}
    for row in rows(out / "treg.csv"):
        key = row["subject"], row["visit"]
        if key not in WRONG:
            assert row["treg_percent_of_cd4"] == before[key]["treg_percent_of_cd4"]
        assert ("gate_by_hand" in row["flags"]) == (key in WRONG)
        assert row["treg_percent_of_cd4"]
    cd4 = [
        {
            (row["subject"], row["visit"]): float(row["percent_of_parent"])
            for row in rows(made / "counts.csv")
            if (row["tube"], row["population"]) == ("TREG", "CD4+")
        }
        for made in (out, study / "truth")
    ]
    assert cd4[0] == pytest.approx(cd4[1], rel=0.02), "as if the detectors had been set right"
    assert {(row["subject"], row["visit"]) for row in rows(out / "changes.csv") if row["action"] == "move"} == set(
        WRONG
    )
