"""The shape of an interaction model, as a value stored beside its weights. No torch here."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from weft.interaction_model.dmel import BANDS, SLOT_FRAMES, DMelConfig
from weft.interaction_model.types import SlotLayout

TEXT_HEARD_PLACES = 4
"""Heard places of the text-only layout, from whose weights a model with senses begins."""

_HEARD = 2.0
"""Where the inner transcript begins for RoPE: a word is before the decision (3) and takes 0.5."""


PATCH_PIXELS = 40
"""Side of the square that one video position stands for."""

_Width = Annotated[int, Field(ge=1, le=16_384)]


class PatchConfig(BaseModel):
    """The grid of patches that a video frame is brought to, and how each is embedded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=3, ge=1, le=32)
    columns: int = Field(default=4, ge=1, le=32)
    widths: tuple[_Width, _Width, _Width] = (48, 96, 192)
    """Channels after the strided stages of 5, 2 and 2 pixels; the last one, of 2, gives the width
    of the model."""
    before: bool = True
    """Whether each patch is seen together with what it was in the frame before."""

    @property
    def patches(self) -> int:
        """Positions that one frame takes."""
        return self.rows * self.columns

    @property
    def height(self) -> int:
        """Pixels of the grid from top to bottom."""
        return self.rows * PATCH_PIXELS

    @property
    def width(self) -> int:
        """Pixels of the grid from left to right."""
        return self.columns * PATCH_PIXELS

    @property
    def channels(self) -> int:
        """Values of one pixel: red, green, blue, and the same of the frame before."""
        return 6 if self.before else 3


class SensesConfig(BaseModel):
    """How a model hears and sees; the text-only model has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    audio_positions: int = Field(default=5, ge=1)
    frames_per_position: int = Field(default=4, ge=1)
    """dMel frames of 10 ms; five positions of four are a micro-turn."""
    positions_before: int = Field(default=2, ge=0, le=100)
    """So many positions before each whose frames its embedding takes in too."""
    dmel: DMelConfig = DMelConfig()
    ear_width: _Width = 512
    """Hidden width of the light embedding of sound."""
    layers: int = Field(default=4, ge=1, le=64)
    """Blocks that change what was seen and heard; the others only attend to it."""
    whole_words: tuple[str, ...] = ()
    """Words that are heard as one token each; all others are spelled."""
    transcript_tokens: int = Field(default=2, ge=1, le=64)
    """So many tokens of the inner transcript a micro-turn."""
    transcript_delay_slots: int = Field(default=1, ge=0, le=50)
    """So many micro-turns after its end a word is written down: what follows helps to hear it."""
    patches: PatchConfig = PatchConfig()

    @model_validator(mode="after")
    def _fills_the_slot(self) -> "SensesConfig":
        if self.frames != SLOT_FRAMES:
            raise ValueError(
                f"audio_positions × frames_per_position must be the {SLOT_FRAMES} dMel frames "
                f"of a micro-turn, not {self.frames}"
            )
        return self

    @property
    def frames(self) -> int:
        """The dMel frames of one micro-turn."""
        return self.audio_positions * self.frames_per_position

    @property
    def values(self) -> int:
        """dMel values that one audio position is made of."""
        return (self.positions_before + 1) * self.frames_per_position * BANDS

    @property
    def frames_before(self) -> int:
        """The dMel frames before a slot that its first positions take in."""
        return self.positions_before * self.frames_per_position


class ModelConfig(BaseModel):
    """Sizes of the transformer and of the reference encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocabulary_size: int = Field(default=1024, ge=1, le=1_000_000)
    width: _Width = 192
    layers: int = Field(default=6, ge=1, le=256)
    heads: int = Field(default=6, ge=1)
    key_value_heads: int = Field(default=2, ge=1)
    rotary_share: float = Field(default=0.5, ge=0, le=1)
    """Share of each head's dimensions that RoPE turns; the rest finds content at any distance."""
    rope_base: float = Field(default=10_000.0, ge=1, le=1e9)
    sinks: int = Field(default=4, ge=0, le=1024)
    """Learnt key/value pairs in each layer that every position may attend to (attention sinks)."""
    sinks_reach_slots: int | None = Field(default=None, ge=1, le=10_000)
    """Farthest behind a position that its sinks stand for RoPE; None: always where streams begin.

    With a bound, no stream is longer than those of training were (arXiv 2309.17453, section 3.2).
    """
    window_slots: int = Field(default=96, ge=1, le=10_000)
    """Attention reaches this many micro-turns back; it caps cost and memory for ever."""
    reference_layers: int = Field(default=1, ge=0, le=256)
    reference_rows_max: int = Field(default=12, ge=1, le=1024)
    """Longest stretch of a reference that is encoded at once, in rows."""
    heard_text: int = Field(default=4, ge=1, le=64)
    said_text: int = Field(default=4, ge=1, le=64)
    word_dims: int = Field(default=0, ge=0, le=16_384)
    """Dimensions of the static vector that each heard word brings along; 0: there is no table."""
    senses: SensesConfig | None = None

    @model_validator(mode="after")
    def _heads_fit(self) -> "ModelConfig":
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be shared by {self.heads} heads")
        if self.heads % self.key_value_heads:
            raise ValueError(
                f"{self.heads} heads cannot be shared by key_value_heads {self.key_value_heads}"
            )
        return self

    @property
    def heard_vocabulary_size(self) -> int:
        """Tokens that may be heard; those that may be said are the first `vocabulary_size`."""
        return self.vocabulary_size + len(self.whole_words)

    @property
    def whole_words(self) -> tuple[str, ...]:
        """Words that are heard as one token each."""
        return () if self.senses is None else self.senses.whole_words

    @property
    def layout(self) -> SlotLayout:
        """The slot layout this model was built for."""
        if self.senses is None:
            return SlotLayout(heard_text=self.heard_text, said_text=self.said_text)
        return SlotLayout(
            video=self.senses.patches.patches,
            audio=self.senses.audio_positions,
            transcript=self.senses.transcript_tokens,
            heard_text=self.heard_text,
            said_text=self.said_text,
        )

    @property
    def turning(self) -> tuple[float, ...]:
        """Where in its slot each place stands for RoPE; a slot is one unit for each text place.

        What is seen and heard in a slot comes before its words, and those before what is said. The
        sounds are evenly spread over time, and the last one is where its words begin. With senses
        the heard and said places stand where they stand without them, so that weights of one can
        begin the other.
        """
        text = self.heard_text + self.said_text
        if self.senses is None:
            return tuple(float(place) for place in range(text))
        layout = self.layout
        first = TEXT_HEARD_PLACES - self.heard_text
        return (
            *(0.0 for _ in range(layout.video)),
            *(_HEARD + self.slot_turn * ((n + 1) / layout.audio - 1) for n in range(layout.audio)),
            *(_HEARD + 0.5 * n for n in range(layout.transcript)),
            *(float(first + place) for place in range(text)),
        )

    @property
    def sensing_layers(self) -> int:
        """Blocks that positions of senses go through."""
        return self.layers if self.senses is None else min(self.layers, self.senses.layers)

    @property
    def slot_turn(self) -> float:
        """How far RoPE turns in one slot."""
        heard = self.heard_text if self.senses is None else TEXT_HEARD_PLACES
        return float(heard + self.said_text)

    @property
    def written_tokens(self) -> int:
        """Most tokens of heard words that one slot takes in."""
        return self.heard_text if self.senses is None else self.senses.transcript_tokens

    @property
    def head_width(self) -> int:
        """Dimensions of one attention head."""
        return self.width // self.heads

    @property
    def window_positions(self) -> int:
        """Attention window in sequence positions."""
        return self.window_slots * self.layout.positions
