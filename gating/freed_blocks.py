"""Freed memory stays with the process, so that no block of events costs its page faults again.

The GNU allocator returns blocks above a limit to the system as they are freed, and learns that limit from what it
sees freed. It learns nothing where the environment sets a limit, and Dask sets one for its workers that has the top
of the heap returned time and again. So both limits are set.
"""

import ctypes

LARGEST = 31 << 20
"""Blocks up to this size [bytes] are kept; the allocator allows no more."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of `mallopt` [malloc.h of the GNU C library]."""


def keep_freed_blocks() -> None:
    """For this process, until it ends; without effect where the allocator is another."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return  # no GNU allocator: Windows, macOS, musl
    mallopt(_MMAP_THRESHOLD, LARGEST)
    mallopt(_TRIM_THRESHOLD, 2 * LARGEST)
