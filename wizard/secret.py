"""A value that must not be seen."""

from typing import final

MASK = "********"


@final
class Secret:
    """Text that shows itself as a mask wherever it is printed, formatted, or caught in a traceback.

    Not a `str` subclass: such a one loses its mask in `shlex.quote`, f-strings and `json.dumps`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself; call it only where it is written to a node's stdin or a 0600 file."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")
