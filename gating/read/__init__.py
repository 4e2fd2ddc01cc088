"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion.

Where an instrument's quirk is read right, as a `Repair` that the file's record names:

- HEADER, TEXT, and the chain of data sets: `data_set_chain.py`
- where DATA begins and ends: `segments.py`
- `$Pn`, ranges and gains: `parameters.py`, `detectors.py`
- bits, masks and byte order: `layout.py`, `masks.py`
- the matrix: `spillover.py`
- two data sets of one sample (LMD): `lmd.py`, `open_file.py`
"""
