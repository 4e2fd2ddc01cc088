"""Positions of events among those of a tube."""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]
