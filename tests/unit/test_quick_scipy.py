"""SciPy is imported without the parts of NumPy that a run never uses, and these work when they are used after all."""

import subprocess
import sys

POSTPONED = """
from tregate.pipelines.commands.quick_scipy import postpone_unused
postpone_unused()
import sys
from scipy.special import betaincinv
assert "numpy.f2py.crackfortran" not in sys.modules, "the Fortran compiler was loaded"
import numpy as np
import numpy.ma
import numpy.testing as testing
testing.assert_allclose(np.fft.fft([1.0, 0.0]).real, [1.0, 1.0])
assert np.ma.masked_array([1, 2], [True, False]).sum() == 2
assert numpy.ma is np.ma
assert np.polynomial.Polynomial([1, 2])(1.0) == 3.0
print(betaincinv(1.0, 2.0, 0.5))
"""
AS_EVER = "from scipy.special import betaincinv; print(betaincinv(1.0, 2.0, 0.5))"


def printed(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_postponed_parts_of_numpy_load_at_first_use() -> None:
    assert printed(POSTPONED) == printed(AS_EVER)
