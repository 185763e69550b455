"""The `tools` section of an agent's configuration."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ToolEntry(BaseModel):
    """One tool to use, by the name of a built-in or of an entry point in group `weft.tools`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="A built-in tool, or an entry point in group weft.tools.")
    time_limit_s: float | None = Field(
        default=None, gt=0, description="Overrides the tool's own time limit, in seconds."
    )
    output_limit_chars: int | None = Field(
        default=None, ge=20, description="Overrides the tool's own limit of spoken characters."
    )


class ToolsConfig(BaseModel):
    """Which tools the background agents may call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    use: tuple[str | ToolEntry, ...] = Field(
        default=("arithmetic", "units", "time", "timer", "repeat"),
        description="Tools by name; nothing that is not named here is loaded.",
    )
    home_zone: str = Field(
        default="UTC", description="Time zone meant when no place is named, e.g. Europe/Rome."
    )

    @field_validator("use")
    @classmethod
    def _once_each(cls, value: tuple[str | ToolEntry, ...]) -> tuple[str | ToolEntry, ...]:
        names = [given if isinstance(given, str) else given.name for given in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names {', '.join(map(repr, twice))} twice; keep one of each")
        return value

    @field_validator("home_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not a time zone; an example is Europe/Rome") from error
        return value
