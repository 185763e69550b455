"""The shape of an interaction model, as a value stored beside its weights. No torch here."""

from pydantic import BaseModel, ConfigDict, Field

from weft.interaction_model.types import SlotLayout


class ModelConfig(BaseModel):
    """Sizes of the transformer and of the reference encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocabulary_size: int = 1024
    width: int = 192
    layers: int = 6
    heads: int = 6
    key_value_heads: int = 2
    rotary_share: float = 0.5
    """Share of each head's dimensions that RoPE turns; the rest finds content at any distance."""
    rope_base: float = 10_000.0
    sinks: int = 4
    """Learnt key/value pairs in each layer that every position may attend to (attention sinks)."""
    window_slots: int = 96
    """Attention reaches this many micro-turns back; it caps cost and memory for ever."""
    reference_layers: int = 1
    reference_rows_max: int = 12
    """Longest stretch of a reference that is encoded at once, in rows."""
    heard_text: int = 4
    said_text: int = 4
    word_dims: int = Field(default=0, ge=0)
    """Dimensions of the static vector that each heard word brings along; 0: there is no table."""

    @property
    def layout(self) -> SlotLayout:
        """The slot layout this model was built for."""
        return SlotLayout(heard_text=self.heard_text, said_text=self.said_text)

    @property
    def head_width(self) -> int:
        """Dimensions of one attention head."""
        return self.width // self.heads

    @property
    def window_positions(self) -> int:
        """Attention window in sequence positions."""
        return self.window_slots * self.layout.positions


PATCH_PIXELS = 40
"""Side of the square that one video position stands for."""


class PatchConfig(BaseModel):
    """The grid of patches that a video frame is brought to, and how each is embedded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=3, ge=1)
    columns: int = Field(default=4, ge=1)
    widths: tuple[int, int, int] = (32, 48, 96)
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
