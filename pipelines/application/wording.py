"""Messages of the command line, for who has no command line: options become what the page calls them."""

import re

_SAID = (
    (re.compile(r"`--preview` shows .* keeps the old as \.bak\."), "Move the file away, or open its study."),
    (re.compile(r"Name the --out folder of a previous run\."), "Run the study first."),
    (
        re.compile(r"; if it surely runs no more, give --unlock\b"),
        "; if it surely runs no more, delete the file .lock in it",
    ),
    (re.compile(r"; if the change is meant, give --accept-changed REASON"), ""),
    (
        re.compile(r"open it again: tregate sign .* --reopen --reason REASON --name NAME"),
        "open it again in the step Results",
    ),
    (
        re.compile(r"^visits needs at least 1 entr\w+ and has 0\."),
        "The plan has no visits. Take them from the list of files, or name them in the step Study.",
    ),
    (
        re.compile(r"\bFill in `bead_lot`, `bead_volume_ul` and `blood_volume_ul`"),
        "Enter lot and volumes under beads in the step Study (once for a kind of tube) or in Files, and the lot in the "
        "sheet Bead lots",
    ),
    (re.compile(r" \(samples\.csv, line \d+\)"), ""),
    (re.compile(r"\bFill in samples\.csv\b"), "Fill them in on the next page (Files)"),
    (re.compile(r"--workers\b"), "processes"),
    (re.compile(r"^--pattern: the pattern\b"), "The pattern"),
    (re.compile(r"\bwith --pattern\b"), "with a pattern"),
    (re.compile(r"--pattern\b"), "the pattern"),
    (re.compile(r"(?<!\w)--out\b"), "the folder for the tables"),
    (re.compile(r"\banother the folder\b"), "another folder"),
    (re.compile(r"\bGive --statement\b"), "Type it"),
    (re.compile(r"--statement\b"), "Signature"),
    (re.compile(r"\bsign with --incomplete\b"), "confirm that you sign an incomplete review"),
    (re.compile(r"`tregate inspect` lists"), "Stains of the tube lists"),
)


def on_the_page(text: str) -> str:
    """A message in the page's words, without the marks around names.

    >>> on_the_page("the folder is not writable. Choose another --out.")
    'the folder is not writable. Choose another folder for the tables.'
    """
    for pattern, words in _SAID:
        text = pattern.sub(words, text)
    return text.replace("`", "")
