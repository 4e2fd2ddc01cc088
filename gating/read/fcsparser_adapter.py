"""fcsparser 0.2.4 under NumPy 2: its one call that NumPy removed is given back while it reads.

It swaps big-endian data with `data.byteswap().newbyteorder()`; NumPy 2 has no `ndarray.newbyteorder`.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

_LOCK = Lock()


class _Swappable(np.ndarray[Any, np.dtype[Any]]):
    """An array that still knows `newbyteorder`."""

    def newbyteorder(self) -> npt.NDArray[Any]:
        return self.view(self.dtype.newbyteorder("S"))


def parse_with_fcsparser(path: Path, data_set: int) -> npt.NDArray[Any]:
    """Stored values, (n_events, p), or a structured array where parameters differ in width; data_set: 1-based.

    Raises whatever fcsparser raises.
    """
    from fcsparser.api import FCSParser

    with _mended(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = FCSParser(str(path), read_data=True, data_set=data_set - 1)
        return np.asarray(parser._data)


@contextmanager
def _mended() -> Iterator[None]:
    from fcsparser import api

    original, log = api.fromfile, logging.getLogger("fcsparser.api")
    with _LOCK:
        silent = log.disabled
        api.fromfile = lambda *args, **kwargs: original(*args, **kwargs).view(_Swappable)
        log.disabled = True
        try:
            yield
        finally:
            api.fromfile, log.disabled = original, silent
