"""Imports, once for all workers, what analysing a tube imports; the server of `start_method` is told to."""

__all__: list[str] = []
