"""Messages of the command line, for who has no command line: options become what the page calls them."""

import re

_SAID = (
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
    """A message in the page's words.

    >>> on_the_page("the folder is not writable. Choose another --out.")
    'the folder is not writable. Choose another folder for the tables.'
    """
    for pattern, words in _SAID:
        text = pattern.sub(words, text)
    return text
