"""How a field's own validator says what is wrong, in the operator's words."""

from pydantic_core import PydanticCustomError

KIND = "spec"


def fault(what: str, allowed: str = "") -> PydanticCustomError:
    """Return an error to raise from a validator; both texts reach the operator as they are."""
    # The texts go in as context, so that braces in them are not read as a template.
    return PydanticCustomError(KIND, "{what}; {allowed}", {"what": what, "allowed": allowed})
