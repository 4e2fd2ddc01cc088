"""FCS files byte by byte, for layouts that no ordinary writer makes. Shares no code with `gating`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Fcs:
    """One data set; every part can be written wrong on purpose."""

    data: bytes
    """DATA as it lies in the file."""
    n_events: int
    bits: Sequence[int]
    ranges: Sequence[float]
    datatype: str = "I"
    byteord: str = "1,2,3,4"
    version: str = "FCS3.1"
    names: Sequence[str] = ()
    keywords: Mapping[str, str | None] = field(default_factory=dict)
    """Added or replaced; None takes a keyword out."""
    delimiter: str = "/"
    header_data: tuple[str, str] | None = None
    """DATA offsets as printed in HEADER; None for the right ones."""
    data_end_shift: int = 0
    """Added to both ends as written."""
    tail: bytes = b""
    text_tail: bytes = b""
    """Right after the last delimiter, still inside TEXT."""

    def build(self, nextdata: int = 0) -> bytes:
        names = self.names or [f"D{n}" for n in range(1, len(self.bits) + 1)]
        text: dict[str, str | None] = {
            "$BEGINANALYSIS": "0",
            "$ENDANALYSIS": "0",
            "$BEGINSTEXT": "0",
            "$ENDSTEXT": "0",
            "$BYTEORD": self.byteord,
            "$DATATYPE": self.datatype,
            "$MODE": "L",
            "$NEXTDATA": str(nextdata),
            "$PAR": str(len(self.bits)),
            "$TOT": str(self.n_events),
        }
        for n, (name, bits, top) in enumerate(zip(names, self.bits, self.ranges, strict=True), start=1):
            text |= {f"$P{n}N": name, f"$P{n}B": str(bits), f"$P{n}R": f"{top:g}" if top > 2**53 else str(top)}
            text |= {f"$P{n}E": "0,0"}
        text |= {"$BEGINDATA": "@BEGIN@@@@@", "$ENDDATA": "@END@@@@@@@"}
        text |= self.keywords
        d = self.delimiter
        body = d + "".join(f"{key}{d}{value}{d}" for key, value in text.items() if value is not None)
        segment = body.encode("latin-1") + self.text_tail
        begin = 58 + len(segment)
        end = begin + len(self.data) - 1 + self.data_end_shift
        segment = segment.replace(b"@BEGIN@@@@@", b"%011d" % begin).replace(b"@END@@@@@@@", b"%011d" % end)
        first, last = self.header_data or (str(begin), str(end))
        fields = ["58", str(begin - 1), first, last, "0", "0"]
        header = self.version.ljust(10) + "".join(value.rjust(8) for value in fields)
        return header.encode() + segment + self.data + self.tail

    @property
    def data_begin(self) -> int:
        return len(self.build()) - len(self.data) - len(self.tail)


def words(values: np.ndarray, dtype: str) -> bytes:
    """(n, p) values as words of one type, event by event."""
    return np.ascontiguousarray(values).astype(dtype).tobytes()


def three_bytes(values: np.ndarray, big: bool) -> bytes:
    """24-bit words."""
    out = b""
    for value in values.reshape(-1).tolist():
        out += int(value).to_bytes(3, "big" if big else "little")
    return out


def lsb_first(values: np.ndarray, bits: Sequence[int]) -> bytes:
    """One stream of bits, least significant first, over byte borders and event borders."""
    stream, place = 0, 0
    for event in values.tolist():
        for value, width in zip(event, bits, strict=True):
            stream |= int(value) << place
            place += width
    return stream.to_bytes(-(-place // 8), "little")


def mixed(values: np.ndarray, dtypes: Sequence[str]) -> bytes:
    """Each parameter in its own type."""
    record = np.zeros(len(values), dtype=[(f"f{i}", dtype) for i, dtype in enumerate(dtypes)])
    for i in range(len(dtypes)):
        record[f"f{i}"] = values[:, i]
    return record.tobytes()


def chained(*sets: Fcs) -> bytes:
    """Data sets one after the other, `$NEXTDATA` counting from the start of each own data set."""
    out = b""
    for i, one in enumerate(sets):
        last = i == len(sets) - 1
        size = len(one.build())
        size = len(one.build(nextdata=size))
        built = one.build(nextdata=0 if last else size)
        assert last or len(built) == size
        out += built
    return out
