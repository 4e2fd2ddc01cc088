"""Densities: a PNG that any reader decodes, in which no event is lost."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from tregate.pipelines.report.density import LARGEST, LEVELS, SPARSE, Theme, ink, picture, png_head, profile


def decoded(counts: np.ndarray, theme: Theme = "light") -> np.ndarray:
    """Palette indices as a reader of PNG gets them, (height, width), top row first."""
    made = picture(counts.astype(np.uint32))
    image = Image.open(io.BytesIO(png_head(made.width, made.height, theme) + made.tail))
    image.load()
    assert image.mode == "P"
    return np.asarray(image)


def test_y_points_upwards_and_x_to_the_right() -> None:
    counts = np.full((40, 30), 100)
    counts[39, 0] = 90000
    counts[0, 29] = 0
    levels = decoded(counts)
    assert levels.shape == (30, 40)
    assert levels[29, 39] == LEVELS, "x high, y low: bottom right"
    assert levels[0, 0] == 0, "x low, y high: top left"


@pytest.mark.parametrize("peak", [1, 7, 500, 40_000, 1_000_000])
def test_a_single_event_is_seen_beside_any_number(peak: int) -> None:
    counts = np.zeros((64, 64))
    counts[10, 10] = 1
    counts[40:44, 40:44] = peak
    levels = decoded(counts)
    assert levels[63 - 10, 10] > 0
    assert levels[63 - 41, 41] >= levels[63 - 10, 10]


def test_more_events_are_never_paler() -> None:
    counts = np.zeros((100, 1)) + np.arange(1, 101)[:, None] ** 3
    levels = decoded(np.repeat(counts, 10, axis=1))[5]
    assert (np.diff(levels.astype(int)) >= 0).all()
    assert levels.max() == LEVELS


def test_few_events_become_dots_and_many_do_not() -> None:
    few, many = np.zeros((64, 64)), np.zeros((64, 64))
    few[30, 30] = 5
    many[30, 30] = SPARSE + 1
    assert (decoded(few) > 0).sum() == 5, "a cross of five bins"
    assert (decoded(many) > 0).sum() == 1


def test_finer_bins_are_summed() -> None:
    counts = np.zeros((512, 200))
    counts[0, 0] = counts[3, 0] = 4000
    made = picture(counts.astype(np.uint32))
    assert (made.width, made.height) == (128, 100)
    assert made.width <= LARGEST
    assert (decoded(counts) > 0).sum() == 1


def test_an_empty_parent_is_an_empty_picture() -> None:
    assert not decoded(np.zeros((64, 64))).any()


def test_odd_widths_are_whole() -> None:
    counts = np.zeros((33, 20))
    counts[32, :] = 9000
    assert (decoded(counts)[:, 32] > 0).all()


def test_themes_share_the_image_and_differ_in_the_ink() -> None:
    heads = {theme: png_head(64, 64, theme) for theme in ("light", "dark")}
    assert {len(head) % 3 for head in heads.values()} == {0}, "base64 of head and tail can be joined"
    assert heads["light"] != heads["dark"]
    luminance = {theme: [sum(colour) for colour in ink(theme)[1:]] for theme in ("light", "dark")}
    assert luminance["light"] == sorted(luminance["light"], reverse=True), "darker is more, on white"
    assert luminance["dark"] == sorted(luminance["dark"]), "brighter is more, on black"


def test_the_same_counts_give_the_same_bytes() -> None:
    counts = np.random.default_rng(1).poisson(3.0, (128, 128)).astype(np.uint32)
    assert picture(counts) == picture(counts.copy())
    assert len(picture(counts).tail) < len(zlib.compress(counts.tobytes()))


def test_profiles_reach_from_nothing_to_the_top() -> None:
    counts = np.zeros((100, 1), dtype=np.uint32)
    counts[50] = 400
    heights = profile(counts)
    assert len(heights) == 100
    assert max(heights) == 1000
    assert heights.index(1000) == 50
    assert heights[0] == 0
    assert profile(np.zeros((5, 1), dtype=np.uint32)) == (0,) * 5
