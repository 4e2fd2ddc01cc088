"""What report.html holds beside its markup: JSON in zlib's format, as base64."""

import base64
import json
import re
import zlib
from typing import Any


def packed_texts(html: str) -> dict[str, str]:
    """Identifier -> text of every packed script of the page."""
    found = re.findall(r'<script type="text/plain" id="([^"]+)">(.*?)</script>', html, re.S)
    return {name: zlib.decompress(base64.b64decode(text)).decode("utf-8") for name, text in found}


def data_of(html: str, identifier: str) -> Any:
    return json.loads(packed_texts(html)[identifier])
