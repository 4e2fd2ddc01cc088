"""Imports, once for all workers, what analysing a tube imports; the server of `start_method` imports this module."""

__all__: list[str] = []
