"""Bytes -> Sample: segments, decoding, data sets, repairs; second opinion."""

from gating.read.surveying import read, survey

__all__ = ["read", "survey"]
