"""Text in Markdown: what nodes and operators said must not become tables, links or HTML."""

import re

from wizard.plain import plain

_STRUCTURE = re.compile(r"([\\`*_\[\]<>|#~])")


def escaped(text: str) -> str:
    """Return `text` on one line, read by Markdown as nothing but text, by a terminal too."""
    return _STRUCTURE.sub(r"\\\1", plain(" ".join(text.split())))
