"""Signatures: which entry of a log signs which state of a run, and what broke it since."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.coverage import Coverage
from tregate.pipelines.review.decision import REOPEN, SIGN, Decision

RECORD = "run.json"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it stands."""

    entry: Decision
    broken: tuple[str, ...] = ()
    """What was changed since, in words; empty where the signature holds."""

    @property
    def words(self) -> str:
        """Who signed, when, and what."""
        after = self.entry.wish.after or {}
        seen = f" ({self.reviewed})" if self.reviewed else ""
        return f"{self.who_and_when}: {after.get('statement', '')}{seen}"

    @property
    def who_and_when(self) -> str:
        """Who signed, and when."""
        return f"signed by {self.entry.wish.who}, {self.entry.time}"

    @property
    def reviewed(self) -> str:
        """How many tubes the reader had reviewed, in words; "" where the entry does not say it."""
        after = self.entry.wish.after or {}
        if "tubes" not in after:
            return ""
        own = f", {after['own']} of them by {self.entry.wish.who} alone" if "own" in after else ""
        return f"{Coverage(int(after['reviewed']), int(after['tubes'])).words}{own}"


def run_sha256(out: Path) -> str:
    """SHA-256 of run.json, which holds the hashes of tables, inputs, strategies and plan; "" where there is none."""
    try:
        return hashlib.sha256((out / RECORD).read_bytes()).hexdigest()
    except OSError:
        return ""


def signatures(out: Path, decisions: Sequence[Decision]) -> tuple[Signature, ...]:
    """Every signature since the study was opened for the last time, and what broke each."""
    opened = max((one.n for one in decisions if one.wish.action == REOPEN), default=0)
    now = run_sha256(out)
    found = []
    for one in decisions:
        if one.wish.action != SIGN or one.n <= opened:
            continue
        after = (other for other in decisions if other.n > one.n and other.wish.action != SIGN)
        broken = [f"entry {other.n} of {AUDIT} came later ({other.wish.action} by {other.wish.who})" for other in after]
        if (one.wish.after or {}).get("run_sha256") != now:
            broken.insert(0, f"{RECORD} is not the one that was signed: tables, inputs or plan were changed")
        found.append(Signature(one, tuple(broken)))
    return tuple(found)


def set_aside(decisions: Sequence[Decision]) -> tuple[tuple[Signature, Decision], ...]:
    """Signatures from before the study was opened again, each with the entry that opened it."""
    found: list[tuple[Signature, Decision]] = []
    for number, one in enumerate(decisions):
        opened = next((other for other in decisions[number:] if other.wish.action == REOPEN), None)
        if one.wish.action == SIGN and opened is not None:
            found.append((Signature(one), opened))
    return tuple(found)


def refuse_signed(out: Path, what: str) -> None:
    """Raise ConfigurationError where the folder's study is signed: it is locked against `what`."""
    signed = _signatures_of(out)
    if signed:
        message = f"the study is {signed[-1].who_and_when}; {what} would break the signature."
        remedy = f"Choose another --out, or open it again: {how_to_reopen(out)}."
        raise ConfigurationError([Problem(str(out), None, message, remedy)])


def locked_notice(out: Path) -> str:
    """That the folder's study is signed, and so locked, for who opens it to review; "" where it is not."""
    signed = _signatures_of(out)
    return f"The study is {signed[-1].who_and_when}. It is locked: no decision is kept." if signed else ""


def locked_before_second(out: Path, decided: str) -> Problem | None:
    """The message to a second reader who comes after the first signature; None where nothing is signed.

    decided: what the second reader had decided before, in words.
    """
    signed = _signatures_of(out)
    if not signed:
        return None
    message = f"the study is {signed[-1].who_and_when}, and so locked; {decided}. A second reading comes before that."
    remedy = f"Open it again ({how_to_reopen(out)}), then: tregate review {out} --second. Afterwards both readers sign."
    return Problem(str(out), None, message, remedy)


def _signatures_of(out: Path) -> tuple[Signature, ...]:
    try:
        return signatures(out, read_log(out / AUDIT).decisions)
    except OSError:
        return ()


def how_to_reopen(out: Path) -> str:
    """The command that opens a signed study again."""
    return f"tregate sign {out} --reopen --reason REASON --name NAME"


def statement(text: str, run: str, record: Mapping[str, Any], seen: Coverage, own: int) -> dict[str, Any]:
    """What a signing entry holds: words, tubes reviewed, the run by its hash, and by which program and strategies.

    own: tubes that the signer reviewed; held where others of the same reading reviewed some.
    """
    named = {
        tube: {
            "name": one["strategy"]["strategy"],
            "version": one.get("version", ""),
            "definition_sha256": one.get("definition_sha256", ""),
            "sha256": one["sha256"],
        }
        for tube, one in record.get("strategies", {}).items()
    }
    return {
        "statement": text,
        "reviewed": seen.reviewed,
        "tubes": seen.tubes,
        **({} if own == seen.reviewed else {"own": own}),
        "run_sha256": run,
        "program": record.get("program", {}).get("version"),
        "strategies": named,
    }
