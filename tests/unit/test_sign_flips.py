"""Flips of many subjects are the same whether they are drawn and summed at once or in blocks."""

import numpy as np
import pytest

from tregate.pipelines.visit_tests import sign_flips
from tregate.pipelines.visit_tests.sign_flips import DRAWN, EXACT_UP_TO, SEED, max_t, sign_flip, signs


@pytest.mark.parametrize("subjects", [EXACT_UP_TO + 1, 52, 53, 131])
def test_flips_in_blocks_are_those_drawn_at_once(subjects: int) -> None:
    drawn = np.random.default_rng(SEED).integers(0, 2, (DRAWN, subjects))
    assert np.array_equal(signs(subjects), np.vstack([np.ones((1, subjects)), 1.0 - 2.0 * drawn]))


def test_every_flip_of_few_subjects_is_there_once() -> None:
    flips = signs(5)
    assert flips.shape == (16, 5)
    assert len({tuple(row) for row in flips.tolist()} | {tuple(row) for row in (-flips).tolist()}) == 32
    assert flips[0].tolist() == [1] * 5


def test_p_values_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    changes = {visit: {f"S{i:03d}": float(random.normal(0.1)) for i in range(90)} for visit in ("D8", "D15", "M3")}
    first = {name: dict(list(of.items())[: 90 - 7 * k]) for k, (name, of) in enumerate(changes.items())}
    whole = [max_t(first), sign_flip(list(changes["D8"].values()))]
    monkeypatch.setattr(sign_flips, "BLOCK", 90 * 17)
    assert [max_t(first), sign_flip(list(changes["D8"].values()))] == whole
