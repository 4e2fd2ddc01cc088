"""A small writer of FCS 3.1: float32 or 16/32-bit integers, either byte order."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

DTYPES = {"float": ("F", "f4", 32), "int32": ("I", "u4", 32), "int16": ("I", "u2", 16)}


def write(
    path: Path,
    events: npt.NDArray[np.float64],
    parameters: list[Mapping[str, str]],
    keywords: Mapping[str, str],
    kind: str = "float",
    big_endian: bool = False,
) -> None:
    """events (n, channels); per channel its keywords without "$Pn" (N, S, R, E, G)."""
    letter, code, bits = DTYPES[kind]
    values = events if kind == "float" else np.rint(events)
    data = np.ascontiguousarray(values, dtype=(">" if big_endian else "<") + code).tobytes()
    text = {
        "$BEGINANALYSIS": "0",
        "$ENDANALYSIS": "0",
        "$BEGINSTEXT": "0",
        "$ENDSTEXT": "0",
        "$NEXTDATA": "0",
        "$MODE": "L",
        "$DATATYPE": letter,
        "$BYTEORD": "4,3,2,1" if big_endian else "1,2,3,4",
        "$PAR": str(events.shape[1]),
        "$TOT": str(len(events)),
        **keywords,
    }
    for i, parameter in enumerate(parameters, start=1):
        text[f"$P{i}B"] = str(bits)
        text.update({f"$P{i}{key}": value for key, value in parameter.items() if value})
    begin = 58
    padded = _text({**text, "$BEGINDATA": "0" * 10, "$ENDDATA": "0" * 10})
    start = begin + len(padded)
    stop = start + len(data) - 1
    body = _text({**text, "$BEGINDATA": f"{start:010d}", "$ENDDATA": f"{stop:010d}"})
    ends = (start, stop) if stop <= 99_999_999 else (0, 0)
    header = f"FCS3.1    {begin:8d}{start - 1:8d}{ends[0]:8d}{ends[1]:8d}{0:8d}{0:8d}"
    path.write_bytes(header.encode() + body + data)


def _text(keywords: Mapping[str, str]) -> bytes:
    return ("|" + "".join(f"{key}|{value.replace('|', '||')}|" for key, value in keywords.items())).encode()
