"""Which asker a terminal gets."""

import os

from screens.plain.asker import Asker


def choose_asker() -> Asker:
    """Return the asker for this terminal."""
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        from screens.plain.prompt import PromptAsker

        return PromptAsker()
    from screens.plain.cursor import CursorAsker

    return CursorAsker()
