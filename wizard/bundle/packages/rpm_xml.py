"""Lists of RPM repositories, read element by element: they may have a hundred megabytes once they are unpacked."""

from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

COMMON = "http://linux.duke.edu/metadata/common"
RPM = "http://linux.duke.edu/metadata/rpm"
REPO = "http://linux.duke.edu/metadata/repo"
OPERATORS = {"EQ": "=", "LT": "<", "GT": ">", "LE": "<=", "GE": ">="}
_PIECE_BYTES = 1 << 20


class _Whole(ElementTree.TreeBuilder):
    """Keeps the elements of one name, each from its end until it is taken."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.ended: list[ElementTree.Element] = []
        self._tag = tag

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse what entities come by: no repository has any, and they may unpack without end."""
        raise ValueError("it declares a document type")

    def end(self, tag: str) -> ElementTree.Element:
        element = super().end(tag)
        if tag == self._tag:
            self.ended.append(element)
        return element


def elements(file: IO[bytes], tag: str) -> Iterator[ElementTree.Element]:
    """Yield each element of that name. Raises ElementTree.ParseError, ValueError for a file with a document type."""
    builder = _Whole(tag)
    parser = ElementTree.XMLParser(target=builder)  # noqa: S314 - without a document type there are no entities
    while piece := file.read(_PIECE_BYTES):
        parser.feed(piece)
        for element in builder.ended:
            yield element
            element.clear()
        builder.ended.clear()
    parser.close()
