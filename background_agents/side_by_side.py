"""Several answers at once, as one stream."""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import anyio
from anyio.abc import ObjectSendStream

from weft.background_agents.types import Finding


async def side_by_side(
    answers: Sequence[AsyncGenerator[Finding, None]],
) -> AsyncGenerator[Finding, None]:
    """Yield what each answer finds as it comes.

    An error in one ends all of them, and leaves as it is.
    """
    send, receive = anyio.create_memory_object_stream[Finding](math.inf)
    errors: list[Exception] = []
    async with anyio.create_task_group() as tasks, receive:
        with send:
            for answer in answers:
                tasks.start_soon(_pass_on, answer, send.clone(), errors)
        try:
            async for finding in receive:
                yield finding
        except GeneratorExit:
            # The consumer leaves early; a task group must not see this error.
            tasks.cancel_scope.cancel()
            return
    if errors:
        raise errors[0]


async def _pass_on(
    answer: AsyncGenerator[Finding, None],
    send: ObjectSendStream[Finding],
    errors: list[Exception],
) -> None:
    async with send, aclosing(answer) as findings:
        try:
            async for finding in findings:
                await send.send(finding)
        except Exception as error:
            # Handed on by value: a task group would wrap it.
            errors.append(error)
