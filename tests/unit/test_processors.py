"""What depends on the processor's linear algebra must not reach a decision or a message."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tregate.gating.geometry.covariance import is_positive_definite
from tregate.gating.read.spillover import SINGULAR_CONDITION, condition_number

KERNELS = ("Haswell", "Sandybridge", "Nehalem", "Prescott")
"""OpenBLAS kernels that an x86-64 processor of the last fifteen years can run."""

ASK = """
import json
import numpy as np
from tregate.gating.errors import CompensationError
from tregate.gating.events import DataSet, Parameter, Spillover
from tregate.gating.geometry.covariance import is_positive_definite
from tregate.gating.prepare.compensation import choose
from tregate.gating.units import Channel

rng = np.random.default_rng(5)
report = []
for trial in range(200):
    n = 2 + trial % 9
    matrix = np.eye(n) + rng.uniform(0, 0.4, (n, n)) * (1 - np.eye(n))
    kind = trial % 5
    if kind == 1:
        matrix[1] = matrix[0]
    elif kind == 2:
        matrix[-1] = matrix[:-1].sum(axis=0)
    elif kind == 3:
        matrix[1] = matrix[0] * (1 + rng.choice([1e-4, 1e-6, 1e-10, 1e-15]) * rng.standard_normal(n))
    elif kind == 4:
        matrix *= 0.0 if trial % 2 else 1e-30
    names = tuple(Channel(f"C{i}") for i in range(n))
    parameters = tuple(Parameter(i, name, f"S{i}", 32, 262144.0) for i, name in enumerate(names))
    spill = Spillover("SPILL", names, matrix)
    tube = DataSet(1, "FCS3.1", "X", 10, parameters, "F", "1,2,3,4", spillovers=(spill,))
    try:
        found, findings = choose(tube, None, "file", tuple(range(n)))
        report.append([repr(found.condition), [(one.check, one.message, repr(one.value)) for one in findings]])
    except CompensationError as error:
        report.append(str(error))
    report.append(is_positive_definite(matrix @ matrix.T))
print(json.dumps(report))
"""


def answers(kernel: str) -> list[object]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS")}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**environment, "OPENBLAS_CORETYPE": kernel},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_every_kernel_says_the_same_about_a_matrix() -> None:
    """Half of these matrices are singular in exact arithmetic, or nearly so."""
    first, *others = (answers(kernel) for kernel in KERNELS)
    assert all(other == first for other in others)
    assert sum("is singular" in str(one) for one in first) > 60
    assert sum("badly conditioned" in str(one) for one in first) > 5


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_singular_is_a_condition_number_above_the_limit(scale: float) -> None:
    assert condition_number(scale * np.diag([1.0, 1.01 / SINGULAR_CONDITION])) < SINGULAR_CONDITION
    assert condition_number(scale * np.diag([1.0, 0.99 / SINGULAR_CONDITION])) == np.inf
    assert condition_number(0.0 * np.eye(3)) == np.inf


@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e20])
def test_an_ellipse_needs_clearly_positive_eigenvalues(scale: float) -> None:
    assert is_positive_definite(scale * np.diag([1.0, 1e-11]))
    assert not is_positive_definite(scale * np.diag([1.0, 1e-13]))
    assert not is_positive_definite(scale * np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert not is_positive_definite(np.zeros((2, 2)))
