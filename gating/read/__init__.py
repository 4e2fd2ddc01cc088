"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion."""

from tregate.gating.read.cross_check import Opinion, cross_check_file
from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import read, survey

__all__ = ["Opinion", "cross_check_file", "matrix", "read", "survey"]
