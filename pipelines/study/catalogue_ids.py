"""Identifiers of catalogues in table definitions: a slip of the pen in one is refused."""

import re


def cell_type_id(text: str) -> str:
    """The id of a cell type, with its name after " ! " or without.

    Raises ValueError for an id of the Cell Ontology that is not CL: and seven digits.

    >>> cell_type_id("CL:0000623 ! natural killer cell")
    'CL:0000623 ! natural killer cell'
    """
    code, _ = cell_type_and_name(text)
    if code.upper().startswith("CL") and not re.fullmatch(r"CL:[0-9]{7}", code):
        raise ValueError(f'"{code[:40]}" is no identifier of the Cell Ontology: CL: and seven digits, as CL:0000623')
    return text


def cell_type_and_name(text: str) -> tuple[str, str]:
    """(id, name) of an id as ontologies write it in the OBO format; name "" where none is given.

    >>> cell_type_and_name("CL:0000623 ! natural killer cell")
    ('CL:0000623', 'natural killer cell')
    """
    code, _, name = text.partition("!")
    return code.strip(), name.strip()


def loinc_code(text: str) -> str:
    """The code. Raises ValueError where its check digit is not that of the digits before it (modulus 10).

    >>> loinc_code("24467-3")
    '24467-3'
    """
    number, _, check = text.partition("-")
    wanted = check_digit(number)
    if check != wanted:
        raise ValueError(f"{text} is no LOINC code: the check digit of {number} is {wanted}")
    return text


def check_digit(digits: str) -> str:
    """Modulus 10: every second digit from the right doubled, the digits of all summed.

    >>> check_digit("90413")
    '6'
    """
    doubled = [int(one) * (2 if i % 2 == 0 else 1) for i, one in enumerate(reversed(digits))]
    return str(-sum(one // 10 + one % 10 for one in doubled) % 10)
