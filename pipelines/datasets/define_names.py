"""Names and texts of Define-XML 2.1."""

from xml.etree.ElementTree import Element, SubElement

ODM, DEFINE = "http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/def/v2.1"


def odm(name: str) -> str:
    """A name of ODM 1.3."""
    return f"{{{ODM}}}{name}"


def define_name(name: str) -> str:
    """A name of Define-XML 2.1."""
    return f"{{{DEFINE}}}{name}"


def translated(parent: Element, text: str) -> None:
    """The text, in English."""
    xml = "http://www.w3.org/XML/1998/namespace"
    SubElement(parent, odm("TranslatedText"), {f"{{{xml}}}lang": "en"}).text = text
