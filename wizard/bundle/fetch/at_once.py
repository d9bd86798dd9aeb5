"""The same with each of many, all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from wizard.errors import WizardError

Given = TypeVar("Given")
Made = TypeVar("Made")


async def each_at_once(work: Callable[[Given], Awaitable[Made]], given: Iterable[Given]) -> tuple[Made, ...]:
    """Return what `work` makes of each, in their order.

    Raises the first WizardError or OSError itself, not in a group; the others are ended then.
    """

    async def one(each: Given) -> Made:
        return await work(each)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(each)) for each in given]
    except* (WizardError, OSError) as failed:
        raise _first(failed) from None
    return tuple(task.result() for task in tasks)


def _first(group: BaseExceptionGroup[WizardError | OSError]) -> WizardError | OSError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
