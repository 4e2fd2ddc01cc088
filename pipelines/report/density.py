"""Densities as indexed PNGs, written straight from the binned counts.

All pictures of one size and theme share everything before their image data: signature, IHDR and palette. The page has
the image data alone and draws it on a canvas in the ink of its theme; a sheet on paper is drawn from the whole PNG.
"""

import struct
import zlib
from typing import Literal

import numpy as np
import numpy.typing as npt

from tregate.pipelines.report.drawn_tube import VIEW, Picture

Theme = Literal["light", "dark"]
Counts = npt.NDArray[np.uint32]

LEVELS = 15
"""Steps of density above "no event", which is transparent."""

LARGEST = 128
"""Pictures have at most so many bins a side; finer ones are summed."""

SPARSE = 3000
"""Up to so many events, each is drawn as a dot of several bins, so that an eye finds it."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INK: dict[Theme, tuple[tuple[int, int, int], ...]] = {
    "light": ((190, 202, 217), (122, 148, 180), (58, 92, 138), (10, 28, 66)),
    "dark": ((62, 76, 98), (92, 124, 164), (150, 187, 220), (246, 250, 255)),
}
"""One hue from faint to strong, so that the colours of the populations keep apart from it."""


def levels_of(counts: Counts) -> npt.NDArray[np.uint8]:
    """The (nx, ny) counts as rows of ink (height, width), 0 to LEVELS, the top row first."""
    binned = _at_most(counts, LARGEST)
    total = int(binned.sum())
    if total <= SPARSE:
        binned = _as_dots(binned)
    return _levels(binned).T[::-1]


def levels_of_picture(drawn: Picture) -> npt.NDArray[np.uint8]:
    """The rows of ink that a picture was made of."""
    rows = np.frombuffer(zlib.decompress(rows_of(drawn)), dtype=np.uint8).reshape(drawn.height, -1)[:, 1:]
    return np.stack([rows >> 4, rows & 15], axis=2).reshape(drawn.height, -1)[:, : drawn.width]


def rows_of(drawn: Picture) -> bytes:
    """The rows of a picture in zlib's format: a zero, then two levels a byte, the left one in the upper half."""
    length = int.from_bytes(drawn.tail[:4], "big")
    return drawn.tail[8 : 8 + length]


def picture(counts: Counts) -> Picture:
    """The (nx, ny) counts as image data, y upwards, density on a logarithmic ink."""
    levels = levels_of(counts)
    height, width = levels.shape
    padded = np.zeros((height, width + width % 2), dtype=np.uint8)
    padded[:, :width] = levels
    pairs = padded.view("<u2")
    rows = np.zeros((height, 1 + pairs.shape[1]), dtype=np.uint8)
    rows[:, 1:] = pairs << 4 | pairs >> 8
    return picture_of_rows(width, height, _deflated(rows.tobytes()))


def _deflated(rows: bytes) -> bytes:
    """In zlib's format; runs alone are looked for, which are what rows of ink have: half the time, and shorter."""
    deflate = zlib.compressobj(4, strategy=zlib.Z_RLE)
    return deflate.compress(rows) + deflate.flush()


def picture_of_rows(width: int, height: int, rows: bytes) -> Picture:
    """The picture of rows as `rows_of` gives them."""
    return Picture(width, height, _chunk(b"IDAT", rows) + _chunk(b"IEND", b""))


def profile(counts: Counts) -> tuple[int, ...]:
    """Heights 0 to VIEW of one-axis counts, (n,) or (n, 1), lightly smoothed, on a square-root scale."""
    smooth = np.convolve(counts.reshape(-1).astype(np.float64), np.array([1, 2, 3, 2, 1]) / 9.0, mode="same")
    top = float(smooth.max(initial=0.0))
    if top == 0.0:
        return (0,) * smooth.size
    return tuple(int(h) for h in np.rint(np.sqrt(smooth / top) * VIEW))


def png_head(width: int, height: int, theme: Theme) -> bytes:
    """Everything before the image data; its length is a multiple of 3, so base64 can be joined to it."""
    palette = bytes(channel for colour in ink(theme) for channel in colour)
    head = (
        _SIGNATURE
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette)
        + _chunk(b"tRNS", b"\x00")
    )
    filler = b"Title\x00" + b"-" * (-(len(head) + 12 + 6) % 3)
    return head + _chunk(b"tEXt", filler)


def ink(theme: Theme) -> tuple[tuple[int, int, int], ...]:
    """LEVELS + 1 colours; the first stands for "no event"."""
    stops = np.array(_INK[theme], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, LEVELS)
    ramp = np.column_stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)])
    colours = [(int(r), int(g), int(b)) for r, g, b in np.rint(ramp)]
    return ((255, 255, 255) if theme == "light" else (0, 0, 0), *colours)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _at_most(counts: Counts, side: int) -> Counts:
    for axis in (0, 1):
        fold = -(-counts.shape[axis] // side)
        if fold > 1:
            starts = np.arange(0, counts.shape[axis], fold)
            counts = np.add.reduceat(counts, starts, axis=axis, dtype=np.uint32)
    return counts


def _as_dots(counts: Counts) -> Counts:
    """Each bin spread over its neighbours by the largest count, so that dots grow and none is lost."""
    spread = np.pad(counts, 1)
    middle = counts
    for dx in (0, 1, 2):
        for dy in (0, 1, 2):
            if dx == 1 or dy == 1:
                neighbour = spread[dx : dx + counts.shape[0], dy : dy + counts.shape[1]]
                middle = np.maximum(middle, neighbour)
    return middle


def _levels(counts: Counts) -> npt.NDArray[np.uint8]:
    top = int(counts.max(initial=0))
    if top == 0:
        return np.zeros(counts.shape, dtype=np.uint8)
    known = np.arange(top + 1) if top < counts.size else np.unique(counts)
    strength = np.log1p(known.astype(np.float64)) / np.log1p(float(max(top, 4)))
    levels = np.asarray(np.ceil(np.minimum(strength, 1.0) * LEVELS), dtype=np.uint8)
    return levels.take(counts) if top < counts.size else levels.take(np.searchsorted(known, counts))
