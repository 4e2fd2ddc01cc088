"""Speed and memory, measured and never asserted: `make bench`, or `python -m benchmarks [--quick] [section ...]`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
