"""Packages and updates for the tests of this folder, with all that does not matter filled in."""

from weft.background_agents.types import (
    AgentUpdate,
    Claim,
    ContextPackage,
    TranscriptLine,
    UpdateKind,
)
from weft.tools.effect import Effect


def package(
    request: str = "what is the capital of France",
    *,
    delegation_id: str = "s.1",
    session_id: str = "s",
    revision: int = 0,
    deadline_s: float = 30.0,
    transcript: tuple[TranscriptLine, ...] = (),
    spoken_words: int = 60,
    user_id: str | None = None,
    reminder_id: int | None = None,
    approved: Effect | None = None,
    tainted: bool = False,
) -> ContextPackage:
    return ContextPackage(
        delegation_id=delegation_id,
        session_id=session_id,
        revision=revision,
        cutoff_index=0,
        request=request,
        transcript=transcript,
        deadline_s=deadline_s,
        spoken_words=spoken_words,
        user_id=user_id,
        reminder_id=reminder_id,
        approved=approved,
        tainted=tainted,
    )


def update(
    claim: Claim,
    sequence: int = 0,
    kind: UpdateKind = UpdateKind.RESULT,
    *,
    text: str = "Paris.",
    final: bool = False,
) -> AgentUpdate:
    return AgentUpdate(
        session_id=claim.package.session_id,
        delegation_id=claim.package.delegation_id,
        revision=claim.package.revision,
        attempt=claim.attempt,
        sequence=sequence,
        kind=kind,
        text=text,
        final=final,
    )
