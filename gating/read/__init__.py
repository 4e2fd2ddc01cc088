"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion."""

from gating.read.matrix import matrix
from gating.read.surveying import read, survey

__all__ = ["matrix", "read", "survey"]
