"""The part of a polygon that lies on the scales, and its centre: a half-plane drawn far out is no far-out gate."""

from itertools import pairwise

from tregate.gating.geometry.scaled import FloatArray


def visible_centre(scaled: FloatArray) -> tuple[float, float] | None:
    """Centre of area of a polygon's part within 0 to 1 on both axes; `scaled` (n, 2). None where nothing is."""
    corners = [(x, y) for x, y in scaled.tolist()]
    for axis in (0, 1):
        for edge, inward in ((0.0, 1.0), (1.0, -1.0)):
            corners = _cut(corners, axis, edge, inward)
    if len(corners) < 3:
        return None
    area = along = across = 0.0
    for (x, y), (next_x, next_y) in pairwise([*corners, corners[0]]):
        cross = x * next_y - next_x * y
        area += cross / 2.0
        along += (x + next_x) * cross
        across += (y + next_y) * cross
    if abs(area) < 1e-9:
        return None
    return along / (6.0 * area), across / (6.0 * area)


def _cut(corners: list[tuple[float, float]], axis: int, edge: float, inward: float) -> list[tuple[float, float]]:
    """What of the polygon lies on the inner side of one edge [Sutherland & Hodgman 1974]."""
    kept: list[tuple[float, float]] = []
    for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
        depth, beyond = (here[axis] - edge) * inward, (there[axis] - edge) * inward
        if depth >= 0.0:
            kept.append(here)
        if (depth >= 0.0) != (beyond >= 0.0):
            part = depth / (depth - beyond)
            kept.append((here[0] + part * (there[0] - here[0]), here[1] + part * (there[1] - here[1])))
    return kept
