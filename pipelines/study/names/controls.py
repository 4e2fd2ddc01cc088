"""Words that say a file is a control of the staining or the instrument, and no sample."""

import re
import unicodedata

_WORDS: tuple[tuple[str, str], ...] = (
    ("FMO", r"fmo|fmx|fluorescence ?minus ?one|fmo ?(?:control|ctrl)s?"),
    ("isotype", r"iso|isotype|isotypes|isotypic|isotyp|iso ?(?:control|ctrl)|igg\d?[abc]?|isoclonic"),
    ("unstained", r"unstained|unstain|unst|nonstained|non ?stained|not ?stained|ungefarbt|ungefaerbt|non ?marque|blank|"
                  r"autofluorescence|autofluo"),
    ("single stain", r"single ?stains?|single ?stained|single ?colou?rs?|singlestain(?:ed)?|ss ?(?:control|ctrl)|"
                     r"stained ?(?:control|ctrl)s?|mono ?stain(?:ed)?|einzelfarbung"),
    ("compensation", r"comp|comps|compensation|compensations|kompensation|comp ?(?:control|ctrl|beads?|tubes?)s?|"
                     r"compbeads?|compensation ?(?:control|ctrl|beads?|tubes?)s?|kompensationskontrollen?"),
    ("beads only", r"beads? ?only|only ?beads?|just ?beads?|beadonly|calibration ?beads?|rainbow|rainbow ?beads?|"
                   r"cst|qc ?beads?|flow ?check|flow ?set|8 ?peaks?|spherobeads|calibrite"),
    ("negative control", r"(?:neg|negative|negativ|pos|positive|positiv) ?(?:control|ctrl|kontrolle)s?|"
                         r"secondary ?only|no ?primary"),
    ("rinse", r"rinse|cleaning|clean|water|pbs|flush|carry ?over"),
)  # fmt: skip
_CONTROLS = tuple((kind, re.compile(rf"(?<![^ ])(?:{words})(?![^ ])")) for kind, words in _WORDS)
_FMO_JOINED = re.compile(r"(?<![a-z])fmo(?=cd ?\d|foxp3|\d)|(?<=\d)fmo(?![a-z])")
_BEADS = re.compile(r"(?<![^ ])(?:counting ?)?beads?(?: ?(?:tube|control))?(?![^ ])")


def control(name: str) -> str:
    """Which control a file is by its name or folder: "FMO", "isotype", "unstained" ...; "" for a sample.

    Examples
    --------
    >>> control("S01_D1_FMO CD127")
    'FMO'
    >>> control("S01_D1_TREG")
    ''
    """
    words = _words(name)
    if _FMO_JOINED.search(words):
        return "FMO"
    for kind, form in _CONTROLS:
        if form.search(words):
            return kind
    return ""


def says_beads(name: str) -> bool:
    """Whether a name mentions beads: such a file is a bead tube where nothing else in it names a sample."""
    return _BEADS.search(_words(name)) is not None


def _words(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).lower()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()
