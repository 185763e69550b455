"""How one session behaves, as a frozen value: every number the orchestrator decides by."""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Spoken = Annotated[str, Field(pattern=r"\S")]
"""A text that is said: silence is not enough."""


class SessionConfig(BaseModel):
    """All settings of the orchestrator; lengths of time in micro-turns end in `_slots`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # Floor
    gap_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    """How sure the floor head must be that the floor is free before a result may begin."""
    lapse_slots: int = Field(default=25, ge=2)
    """Both sides silent for so long: the floor is free whatever the head believes."""
    turn_gap_slots: int = Field(default=5, ge=1)
    """A shorter silence of the user never ends the user's turn."""

    # Weaving
    row_every_slots: int = Field(default=1, ge=1)
    """One reference row is offered every so many micro-turns."""
    max_hold_slots: int = Field(default=100, ge=1)
    """A result that waited so long asks for the floor."""
    floor_request: Spoken = "I have an answer for you."
    """What is woven to ask for the floor."""
    repair_lead: Spoken = "I have to correct myself."
    """What is woven before an answer that takes back one that was already said."""
    aside_lead: Spoken = "Coming back to your earlier question."
    """What is woven before an answer when the talk has gone on to something else."""
    same_topic_similarity: float = Field(default=0.25, ge=0.0, le=1.0)
    """Below it, what the user has said since a request is about something else."""
    floor_request_silent_slots: int = Field(default=2, ge=1)
    """Both sides must have been silent for so long before the floor is asked for."""
    speak_commentary: bool = True
    """Whether progress and partial results are woven; otherwise they are only shown."""
    commentary_fresh_slots: int = Field(default=25, ge=1)
    """Commentary that could not begin within so many micro-turns is dismissed."""

    # Delegation
    deadline_s: float = Field(default=30.0, gt=0)
    """A delegation of which nothing was heard within so long has expired."""
    deadline_grace_s: float = Field(default=5.0, ge=0)
    """One that was heard of gets so much more to come to its end; timers have no end to come to."""
    updates_a_slot: int = Field(default=32, ge=1)
    """So many updates are taken in within one micro-turn; more wait for the next, in order."""
    spoken_words: int = Field(default=60, ge=1)
    """Budget of a spoken answer, handed to the agents."""
    max_open_delegations: int = Field(default=8, ge=1)
    """One more is refused, in words."""
    refusal: Spoken = "I have too much on my hands right now. Please ask me again in a moment."
    """What is said then."""
    revision_window_s: float = Field(default=10.0, ge=0)
    """A correction may still revise a delegation that was answered so recently."""
    same_request_similarity: float = Field(default=0.92, ge=0.0, le=1.0)
    """From here on two requests count as one."""
    same_result_similarity: float = Field(default=0.95, ge=0.0, le=1.0)
    """From here on two results count as one."""
    repeat_window_s: float = Field(default=60.0, ge=0)
    """A result that was heard so recently is not said again under a new delegation."""
    meaning_patience_slots: int = Field(default=10, ge=1)
    """A comparison of meaning that took so long is decided without: nothing is the same."""
    language: str = "en"

    # Approval
    approval_patience_slots: int = Field(default=150, ge=1)
    """A question whether to do something that nobody answers for so long is given up."""
    approval_silent_slots: int = Field(default=2, ge=1)
    """A yes counts after so long a silence; where nothing can be undone, after the turn's end."""
    declined: Spoken = "All right, then I will leave it."
    """What is said after a no."""

    uncertain: Spoken = "I was away while I was doing that, and I do not know whether it was done."
    """What is said when the process has ended that was doing what the user had said yes to."""

    # Backstop
    backstop: Literal["off", "on"] = "on"
    """Whether a turn that the model failed to hand over is handed over for it."""
    backstop_after_s: float = Field(default=2.5, gt=0)
    """Seconds after the end of the user's turn at which the backstop looks at it."""
    backstop_probability: float = Field(default=0.6, ge=0.0, le=1.0)
    """How likely a request must be when the model kept silent."""
    backstop_probability_after_reply: float = Field(default=0.75, ge=0.0, le=1.0)
    """How likely a request must be when the model gave a reply of its own."""
    backstop_min_words: int = Field(default=3, ge=1)
    """Shorter turns are left to the model."""

    @property
    def digest(self) -> str:
        """Short hash of all settings, so that a record says what it was made with."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
