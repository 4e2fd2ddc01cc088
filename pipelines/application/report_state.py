"""What the page of a run says of review and signature where it is served: the page itself is older than both."""

from html import escape
from pathlib import Path

from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.coverage import coverage_of_run
from tregate.pipelines.review.signed import signatures
from tregate.pipelines.runs.previous_run import read_record

_PAGE, _MAIN = '<html lang="en">', '<main id="main">'
OF_THE_RUN = "Warnings and findings below are those of the run."


def with_state(page: str, out: Path) -> str:
    """The page with signatures and tubes reviewed from the decisions beside it; as it is where there are none.

    Signing changes no file of the run, so that the page on the disk cannot say it.
    """
    decisions = read_log(out / AUDIT).decisions
    seen = coverage_of_run(out, read_record(out), decisions, 1)
    signed = signatures(out, decisions)
    if not signed and not seen.reviewed:
        return page
    broken = ["The signature is broken: " + "; ".join(one.broken) + "." for one in signed if one.broken]
    words = [_sentence(one.words) for one in signed] or [f"{seen.words}, not signed yet."]
    line = escape(" ".join([*words, *broken, OF_THE_RUN]))
    mark = f' data-reviewed="{escape(seen.words)}"' + (" data-signed" if signed else "")
    shown = page.replace(_PAGE, _PAGE[:-1] + mark + ">", 1)
    return shown.replace(_MAIN, f'{_MAIN}<p class="notice" role="status">{line}</p>', 1)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."
