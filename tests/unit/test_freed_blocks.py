"""Memory that was freed is used again without page faults, also where Dask's environment would give it back."""

import os
import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="page faults are counted on POSIX systems only")

BLOCKS = """
import resource
import numpy as np
from tregate.gating import freed_blocks

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        blocks = [np.ones(1 << 18), np.ones(1 << 20)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

given_back = faults()
freed_blocks.keep_freed_blocks()
faults()
print(given_back, faults())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the GNU allocator is that of Linux")
def test_freed_blocks_are_kept_whatever_the_environment_says() -> None:
    dask = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
    done = subprocess.run([sys.executable, "-c", BLOCKS], env=dask, capture_output=True, text=True, check=True)
    given_back, kept = map(int, done.stdout.split())
    if given_back < 10_000:
        pytest.skip("the allocator keeps freed memory by itself")
    assert kept < 1_000
