"""Texts that look alike: one way of writing for what the eye cannot tell apart, and a key for what is easily mistaken.

Characters are those of Unicode: categories Zs (blanks) and Cf (characters that do not show), normal form NFC [UAX 15].
"""

import re
import unicodedata

_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-")
_TWINS = str.maketrans(
    "АВЕКМНОРСТХІЈЅавекмнорстхіјѕуΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABEKMHOPCTXIJSabekmhopctxijsyABEZHIKMNOPTYXo",
)
"""Cyrillic and Greek letters that are drawn as Latin ones."""
_SHAPES = str.maketrans("oil|", "0111")
"""Letters taken for digits, and the other way."""
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Characters that do not show and change the order of the others: without them, the text may read otherwise."""
_NO_MEANING = frozenset(" -_./,:;()&")
"""Marks between the words of a name. Others (<, +, %) tell groups apart."""
_SIGNED = re.compile(r"(?<=\w)-(?!\w)|(?<!\w)-(?=\w)")
"""A minus, as in `CD4-` and `-1`; a hyphen stands between letters."""
_KNOWN = re.compile(r"[0-9]+|[^\W\d_]+")


def one_way(text: str) -> str:
    """The text as the eye reads it: composed letters, plain blanks and dashes, nothing that does not show.

    Examples
    --------
    >>> one_way("Pat" + chr(0xA0) + "1")
    'Pat 1'
    """
    composed = unicodedata.normalize("NFC", text).translate(_DASHES)
    shown = (
        " " if unicodedata.category(c) == "Zs" else c
        for c in composed
        if c in _TURNING or unicodedata.category(c) not in ("Cf", "Cc")
    )
    return " ".join("".join(shown).split())


def code_points(text: str) -> str:
    """The characters of a text that do not show or are easily taken for others, as U+00A0; "" where there are none."""
    odd = dict.fromkeys(c for c in text if not _plain(c))
    return ", ".join(f"U+{ord(c):04X}" for c in odd)


def shown(text: str) -> str:
    """The text with its invisible and combining characters written out, so that two equal-looking names differ."""
    return "".join(c if _plain(c) else f"<U+{ord(c):04X}>" for c in text)


def _plain(character: str) -> bool:
    if character == " " or " " < character < "\x7f":
        return True
    category = unicodedata.category(character)
    if category[0] in "ZCM" or ord(character) in _DASHES:
        return False
    return character.translate(_TWINS) == character


def mistaken_for(text: str) -> frozenset[str]:
    """Keys of a name; two names that share one are probably one name written in two ways.

    Case, leading zeros, `1` and `1.0`, the kind of blank or hyphen, letters of another alphabet, O and 0, l and 1.

    Examples
    --------
    >>> bool(mistaken_for("S-01") & mistaken_for("s1"))
    True
    >>> bool(mistaken_for("1-1") & mistaken_for("11"))
    False
    """
    latin = unicodedata.normalize("NFKC", one_way(text)).translate(_TWINS).casefold()
    whole = re.sub(r"(?<=\d)[.,]0+$", "", latin)
    parts = _KNOWN.findall(whole) or [whole]
    numbers = " ".join(part.lstrip("0") or "0" if part.isdecimal() else part for part in parts)
    return frozenset({f"parts {numbers}", f"shape {latin.translate(_SHAPES)}"})


def mistaken_group(text: str) -> frozenset[str]:
    """Keys of an arm, site or stratum, like `mistaken_for`: but doses, ranges and signs are different.

    Examples
    --------
    >>> bool(mistaken_group("IL-2") & mistaken_group("il 2"))
    True
    >>> bool(mistaken_group("0.1 mg") & mistaken_group("0.01 mg")), bool(mistaken_group("<65") & mistaken_group(">65"))
    (False, False)
    """
    plain = one_way(text).casefold()
    numbers = [f"{float(number.replace(',', '.')):g}" for number in re.findall(r"[0-9]+(?:[.,][0-9]+)?", plain)]
    signs = [c for c in plain if not c.isalnum() and c not in _NO_MEANING]
    apart = " ".join((*numbers, *signs, *_SIGNED.findall(plain)))
    return frozenset(f"{key} {apart}" if key.startswith("parts") else key for key in mistaken_for(text))
