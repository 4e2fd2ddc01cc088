"""Tests of each visit against the baseline, by the name that study.yaml gives; all in `registry.py`."""
