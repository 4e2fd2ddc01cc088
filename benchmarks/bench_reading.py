"""Reading 300,000 events x 14 parameters: FlowIO against tregate, interleaved (python benchmarks/bench_reading.py)."""

import gc
import math
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import flowio
import numpy as np
import numpy.typing as npt

from tregate.gating.read.matrix import matrix
from tregate.gating.read.survey import read

EVENTS, PARAMETERS = 300_000, 14
ROUNDS = 9
KINDS = {
    "float32, little-endian": ("<f4", "F", 32, "1,2,3,4"),
    "float32, big-endian": (">f4", "F", 32, "4,3,2,1"),
    "int32, big-endian": (">u4", "I", 32, "4,3,2,1"),
    "int16, big-endian": (">u2", "I", 16, "4,3,2,1"),
}


def measure(events: int = EVENTS, rounds: int = ROUNDS) -> list[dict[str, object]]:
    """One row per kind of file: medians in ms over interleaved rounds, and how many times faster tregate is.

    FlowIO: `FlowData(path).as_array()`, its one NumPy product. tregate twice: `read` with all its checks and every
    channel as an array, which is what gating starts from (views of the mapped file where the bytes allow it); and
    the same gathered into one float64 array like FlowIO's. Values are compared before anything is timed.
    """
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (dtype, datatype, bits, order) in KINDS.items():
            path = Path(folder) / f"{dtype[1:]}-{order[0]}.fcs"
            write(path, dtype, datatype, bits, order, events)
            assert np.array_equal(_flowio(path), _array(path))
            assert np.array_equal(_flowio(path), np.stack(_columns(path), axis=1))
            # FlowIO unpacks integers value by value: seconds a file, so fewer rounds settle it.
            calls = (_flowio, _fcsparser, _columns, _array)
            times = _interleaved(calls, path, rounds if datatype == "F" else min(3, rounds))
            theirs, fcsparser, columns, array = (median(one) for one in times)
            rows.append(
                {
                    "what": f"{events:,} x {PARAMETERS}, {name}",
                    "flowio_ms": theirs,
                    "fcsparser_ms": math.nan if _fcsparser(path) is None else fcsparser,
                    "tregate_ms": columns,
                    "ratio": theirs / columns,
                    "tregate_array_ms": array,
                    "array_ratio": theirs / array,
                }
            )
    return rows


def table(rows: list[dict[str, object]]) -> str:
    """The rows as markdown."""
    lines = [
        "| file | FlowIO `as_array`, ms | fcsparser, ms | tregate, every channel, ms | times faster "
        "| as one float64 array, ms | times faster |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['what']} | {r['flowio_ms']:.1f} | {_cell(r['fcsparser_ms'])} | {r['tregate_ms']:.1f} | {r['ratio']:.1f} "
        f"| {r['tregate_array_ms']:.1f} | {r['array_ratio']:.1f} |"
        for r in rows
    ]
    return "\n".join(lines)


def write(path: Path, dtype: str, datatype: str, bits: int, order: str, events: int) -> None:
    """A plain FCS3.0 file of log-normal values."""
    random = np.random.default_rng(300_014)
    values = np.minimum(random.lognormal(6.0, 1.0, (events, PARAMETERS)), 2.0**15)
    data = values.astype(dtype).tobytes()
    top = 2**15 if datatype == "I" and bits == 16 else 2**18
    keywords = {"$BYTEORD": order, "$DATATYPE": datatype, "$MODE": "L", "$NEXTDATA": "0", "$TOT": str(events)}
    keywords |= {"$PAR": str(PARAMETERS), "$BEGINANALYSIS": "0", "$ENDANALYSIS": "0"}
    keywords |= {"$BEGINSTEXT": "0", "$ENDSTEXT": "0"}
    for n in range(1, PARAMETERS + 1):
        keywords |= {f"$P{n}N": f"D{n}-A", f"$P{n}B": str(bits), f"$P{n}R": str(top), f"$P{n}E": "0,0"}
    body = "".join(f"/{key}/{value}" for key, value in keywords.items())
    begin = 58 + len(body) + 60
    text = f"{body}/$BEGINDATA/{begin:010d}/$ENDDATA/{begin + len(data) - 1:010d}/".encode().ljust(begin - 58)
    offsets = (58, begin - 1, begin, begin + len(data) - 1, 0, 0)
    fields = [str(o) if o < 10**8 else "0" for o in offsets]
    header = b"FCS3.0    " + b"".join(struct.pack("8s", field.rjust(8).encode()) for field in fields)
    path.write_bytes(header + text + data)


def _flowio(path: Path) -> npt.NDArray[np.float64]:
    return np.asarray(flowio.FlowData(str(path)).as_array(), dtype=np.float64)


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) and not math.isnan(value) else "cannot"


def _fcsparser(path: Path) -> object:
    import fcsparser

    try:
        return fcsparser.parse(str(path))
    except AttributeError:  # big-endian DATA needs a method that NumPy 2 has no more
        return None


def _columns(path: Path) -> list[npt.NDArray[np.generic]]:
    sample = read(path)
    return [sample.stored.column(index, 0, sample.n_events) for index in range(PARAMETERS)]


def _array(path: Path) -> npt.NDArray[np.float64]:
    return matrix(read(path))


def _interleaved(calls: Sequence[Callable[[Path], object]], path: Path, rounds: int) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, one in zip(calls, times, strict=True):
            gc.collect()
            begin = time.perf_counter()
            call(path)
            one.append((time.perf_counter() - begin) * 1000)
    return times


def section(quick: bool) -> str:
    """The part of results.md."""
    rows = measure(100_000, 3) if quick else measure()
    return "## Reading\n\nAll values compared with FlowIO's before anything is timed.\n\n" + table(rows)


if __name__ == "__main__":
    print(table(measure()))
