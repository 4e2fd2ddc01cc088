"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion."""

from tregate.gating.read.cross_check import Opinion, cross_check_file
from tregate.gating.read.file_bytes import FileBytes, read_bytes
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import labels_of, read, survey

__all__ = ["FileBytes", "Opinion", "cross_check_file", "labels_of", "matrix", "read", "read_bytes", "survey"]
