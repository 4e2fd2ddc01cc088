"""A file that was read, for the record."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.read.regular_file import open_regular


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read, for the record."""

    size: int
    """[bytes]"""
    sha256: str
    blake3: str = ""
    """By which a tube's file is known again; "" of other files."""


def fingerprint(path: Path) -> InputFile:
    """Size and SHA-256 of a file. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with open_regular(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return InputFile(size, digest.hexdigest())
