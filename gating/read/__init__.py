"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion."""

from gating.read.matrix import matrix
from gating.read.opinions import Opinion, second_opinion
from gating.read.surveying import read, survey

__all__ = ["Opinion", "matrix", "read", "second_opinion", "survey"]
