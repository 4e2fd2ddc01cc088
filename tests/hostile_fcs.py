"""Small valid files and what a hostile or broken writer makes of them: bytes, TEXT, offsets and sizes changed."""

import random
import re
from collections.abc import Callable

import numpy as np
from fcs_bytes import Fcs, chained, lsb_first, mixed, three_bytes, words

_RANDOM = np.random.default_rng(99)
_INTEGERS = _RANDOM.integers(0, 500, (12, 3))
_FLOATS = _RANDOM.normal(300, 200, (12, 3))
_SPILL = {"$SPILLOVER": "2,FL1,FL2,1,0.2,0.1,1", "SPILL": "2,2,3,1,0.2,0.1,1", "$COMP": "3,1,0,0,0,1,0.2,0,0.1,1"}
_NAMES = ["Time", "FL1", "FL2"]


def _float(**change: object) -> Fcs:
    parts: dict[str, object] = {"data": words(_FLOATS, "<f4"), "n_events": 12, "bits": [32] * 3, "ranges": [1024] * 3}
    return Fcs(**(parts | {"datatype": "F", "names": _NAMES} | change))  # type: ignore[arg-type]


def _twins() -> bytes:
    fine = _RANDOM.integers(0, 2**20, (12, 3))
    names = ["FS INT LIN", "FL1 INT LIN", "FL2 INT LIN"]
    keywords = {f"$P{i + 1}S": name for i, name in enumerate(["x", "CD3", "CD4"])}
    keywords |= {"$DFC1TO2": "0.0", "@ABSCALFACTOR": "1001", "$CYT": "Navios"}
    one = Fcs(words(fine >> 10, "<u2"), 12, [16] * 3, [1024] * 3, version="FCS2.0", names=names, keywords=keywords)
    second = {"$SPILLOVER": "2,2,3,1,0.1,0.1,1"}
    two = Fcs(words(fine, "<u4"), 12, [32] * 3, [2**20] * 3, names=["FS-A", "FL1-A", "FL2-A"], keywords=second)
    return chained(one, two)


BASES: tuple[bytes, ...] = (
    _float(keywords=_SPILL).build(),
    _float(keywords={"$COM": "", "$SRC": "", "$OP": ""}).build(),
    _float(keywords={"$VOL": "30000", "$TIMESTEP": "0.01", "$BTIM": "10:00:00", "$ETIM": "10:00:30"}).build(),
    _float(keywords={"$BEGINSTEXT": "600", "$ENDSTEXT": "640"}, tail=b"/$P1S/CD4/" * 30).build(),
    _float(data=words(_FLOATS, ">f8"), bits=[64] * 3, datatype="D", byteord="4,3,2,1").build(),
    _float(header_data=("", "")).build(),
    Fcs(words(_INTEGERS, ">u2"), 12, [16] * 3, [512] * 3, byteord="2,1", keywords={"$P1E": "4,0", "$P2G": "8"}).build(),
    Fcs(three_bytes(_INTEGERS, True), 12, [24] * 3, [1024] * 3, byteord="4,3,2,1").build(),
    Fcs(lsb_first(_INTEGERS, [9] * 3), 12, [9] * 3, [512] * 3, byteord="4,3,2,1").build(),
    Fcs(words(_INTEGERS, "<u2"), 12, [10] * 3, [512] * 3).build(),
    Fcs(
        mixed(_INTEGERS, ["<u1", "<u2", "<f4"]), 12, [8, 16, 32], [256, 512, 1e5], keywords={"$P3DATATYPE": "F"}
    ).build(),
    chained(_float(version="FCS3.0"), _float(version="FCS3.0"), _float(version="FCS3.0")),
    _twins(),
)

_NASTY = (
    b"", b" ", b"0", b"1", b"-1", b"2", b"7", b"9", b"31", b"33", b"63", b"64", b"65", b"58", b"99999999",
    b"2147483648", b"4294967295", b"4294967296", b"9223372036854775808", b"18446744073709551616", b"1e300", b"1e-300",
    b"NaN", b"inf", b"0x10", b"1_000", b"1.5", b"+3", b"3,4,1,2", b"4,3,2,1", b"2,1", b"1,2", b"A", b"C", b"D", b"F",
    b"I", b"L", b"Time", b"FL1", b"FCS3.1    ", b"\0", b"\xff\xfe", b"\xef\xbf\xbd", b"2,1,2,1,1,1,1", b"900,1",
    b"4,0", b"20,1e308", b"/", b"//",
)  # fmt: skip
_KEYWORDS = (
    b"$PAR", b"$TOT", b"$BEGINDATA", b"$ENDDATA", b"$BEGINSTEXT", b"$ENDSTEXT", b"$NEXTDATA", b"$BYTEORD",
    b"$DATATYPE", b"$MODE", b"$P1B", b"$P2B", b"$P3B", b"$P1R", b"$P2R", b"$P1E", b"$P2G", b"$P1N", b"$P2N",
    b"$P3DATATYPE", b"$SPILLOVER", b"SPILL", b"$COMP", b"$DFC1TO2", b"$VOL", b"$TIMESTEP", b"$BTIM",
)  # fmt: skip


def mutated(seed: int) -> bytes:
    """One hostile file; the same for the same seed."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(BASES))
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 9))):
        chance.choice(_CHANGES)(chance, data)
    return bytes(data[:200_000])


def _place(chance: random.Random, data: bytearray) -> int:
    """Mostly in HEADER and TEXT, where a byte matters most."""
    limit = min(len(data), 900) if chance.random() < 0.8 else len(data)
    return chance.randrange(limit) if limit else 0


def _flip(chance: random.Random, data: bytearray) -> None:
    if data:
        data[_place(chance, data)] = chance.choice((chance.randrange(256), 0, 32, 47, 57, 255))


def _insert(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    data[at:at] = chance.choice(
        (chance.choice(_NASTY), chance.randbytes(chance.randrange(20)), b"/" * chance.randrange(40))
    )


def _delete(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    del data[at : at + chance.choice((1, 2, 8, 60, 500))]


def _truncate(chance: random.Random, data: bytearray) -> None:
    if data:
        del data[chance.randrange(len(data)) :]


def _repeat(chance: random.Random, data: bytearray) -> None:
    at = _place(chance, data)
    data[at:at] = bytes(data[at : at + chance.choice((4, 58, 300))]) * chance.choice((1, 2, 30))


def _number(chance: random.Random, data: bytearray) -> None:
    """Some number anywhere becomes another."""
    found = list(re.finditer(rb"[0-9]+", bytes(data[:2000])))
    if found:
        match = chance.choice(found)
        data[match.start() : match.end()] = chance.choice((*_NASTY, b"%d" % chance.randrange(3000), b"%d" % len(data)))


def _field(chance: random.Random, data: bytearray) -> None:
    """A HEADER offset becomes another of the same eight characters."""
    at = 10 + 8 * chance.randrange(6)
    data[at : at + 8] = chance.choice((*_NASTY, b"%d" % chance.randrange(3000), b"%d" % len(data)))[:8].rjust(8)


def _value(chance: random.Random, data: bytearray) -> None:
    """The value of a keyword becomes another; where the keyword is absent it is added."""
    key = chance.choice(_KEYWORDS)
    value = chance.choice((*_NASTY, b"%d" % chance.randrange(3000)))
    found = re.search(re.escape(key) + rb"/([^/]*)", bytes(data))
    if not found:
        data[58:58] = b"/" + key + b"/" + value
    elif chance.random() < 0.5:
        data[found.start(1) : found.end(1)] = value
    else:  # the same length, so that everything after it keeps its place
        data[found.start(1) : found.end(1)] = value[: found.end(1) - found.start(1)].rjust(
            found.end(1) - found.start(1)
        )


_CHANGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip, _flip, _insert, _delete, _truncate, _repeat, _number, _number, _field, _field, _value, _value, _value,
)  # fmt: skip
