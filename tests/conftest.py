"""Puts this folder on the path, so that every kind of test can import the helpers that lie in it."""
