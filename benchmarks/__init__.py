"""Speed and memory, measured and never asserted: `make bench`, or `python -m benchmarks [--quick] [section ...]`."""
