"""Our robust covariance against scikit-learn's, which a run does not import."""

import warnings

import numpy as np
import pytest
from sklearn.covariance import MinCovDet

from tregate.pipelines.crosschecks.robust_covariance import robust_covariance


def drawn(rows: int, features: int, odd: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(features, features)) * 0.5 + np.eye(features)
    values = random.standard_t(5, size=(rows, features)) @ mixing
    values[:odd] += random.normal(size=(odd, features)) * 8.0
    return values


def of_sklearn(values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(MinCovDet(random_state=0, assume_centered=True).fit(values).covariance_)


@pytest.mark.parametrize(
    ("rows", "features", "odd"), [(30, 2, 0), (54, 8, 4), (54, 15, 3), (200, 12, 30), (480, 20, 99)]
)
def test_it_is_that_of_scikit_learn(rows: int, features: int, odd: int) -> None:
    values = drawn(rows, features, odd, seed=rows + features)
    np.testing.assert_allclose(robust_covariance(values), of_sklearn(values), rtol=1e-9)


def test_above_500_rows_it_is_nearly_that_of_scikit_learn() -> None:
    values = drawn(1800, 9, 120, seed=3)
    ours, theirs = robust_covariance(values), of_sklearn(values)
    assert np.abs(ours - theirs).max() < 0.02 * np.abs(theirs).max()


def test_a_feature_that_is_the_sum_of_others_is_borne() -> None:
    values = drawn(60, 3, 4, seed=1)
    values = np.column_stack([values, values.sum(axis=1)])
    found = robust_covariance(values)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[3, 3], found[:3, :3].sum(), rtol=1e-6)
