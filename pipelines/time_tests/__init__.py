"""Tests of the factor time over several visits, by the name that a span of study.yaml gives.

One file a test (the analyses of variance share theirs); all in `registry.py`.
"""
