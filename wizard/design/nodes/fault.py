"""How the readers of node lists say what is wrong."""


class NotUnderstood(Exception):
    """A piece of a list that says nothing usable: `what` is wrong there, and what is `allowed`."""

    def __init__(self, what: str, allowed: str = "") -> None:
        self.what = what
        self.allowed = allowed
        super().__init__(f"{what}; {allowed}" if allowed else what)
