"""Files of a folder that are not what a record says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tregate.pipelines.files.input_file import fingerprint


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not what the record says."""

    file: str
    """As the record names it."""
    recorded: str
    """SHA-256."""
    found: str
    """SHA-256, or why there is none."""
    missing: bool = False

    def __str__(self) -> str:
        if self.missing:
            return f"{self.file} {self.found}; the run recorded SHA-256 {self.recorded[:12]}"
        return f"{self.file} was changed: its SHA-256 is {self.found[:12]}, the run recorded {self.recorded[:12]}"


def differences(folder: Path, recorded: Mapping[str, str]) -> Iterator[Difference]:
    """Files of a folder that are not as recorded (name -> SHA-256), in the record's order."""
    for name, sha256 in recorded.items():
        try:
            found = fingerprint(folder / name).sha256
        except FileNotFoundError:
            yield Difference(name, sha256, "is missing", missing=True)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            yield Difference(name, sha256, f"cannot be read ({reason})", missing=True)
        else:
            if found != sha256:
                yield Difference(name, sha256, found)
