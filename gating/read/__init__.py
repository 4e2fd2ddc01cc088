"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion.

Where an instrument's quirk is read right, as a `Repair` that the file's record names:

- HEADER, TEXT, and the chain of data sets: `data_set_chain.py`
- where DATA begins and ends: `segments.py`
- `$Pn`, ranges and gains: `parameters.py`, `detectors.py`
- bits, masks and byte order: `layout.py`, `masks.py`
- the matrix: `spillover.py`
- two data sets of one sample (LMD): `lmd.py`, `open_file.py`
"""

from tregate.gating.read.cross_check import Opinion, cross_check_file
from tregate.gating.read.file_bytes import FileBytes, read_bytes
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import labels_of, read, survey

__all__ = ["FileBytes", "Opinion", "cross_check_file", "labels_of", "matrix", "read", "read_bytes", "survey"]
