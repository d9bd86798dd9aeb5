"""Work on this machine that a step does for a node: `rke` and all that it keeps are here."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from wizard.errors import StepFailed, WizardError

Result = TypeVar("Result")


async def on_this_machine(node: str, work: Callable[[], Result]) -> Result:
    """Do `work` beside the event loop and return what it returns. Raises StepFailed, on `node`, for what goes wrong."""
    try:
        return await asyncio.to_thread(work)
    except (WizardError, OSError) as error:
        hint = error.hint if isinstance(error, WizardError) else "Mend it on this machine; then retry."
        raise StepFailed(node, str(error), hint=hint) from None
