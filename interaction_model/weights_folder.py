"""The folder that holds a model's weights: what belongs in it, and that nothing is amiss. No torch.

`model.safetensors`, `tokenizer.json` and `weights.json`; the last holds the model's configuration
and the SHA-256 of that and of the others. A model that is given word vectors has two more:
`words.safetensors` with their rows and `words.json` with the entries. A voice of its own is
described by `voice.json` in the same way.
"""

import hashlib
import json
import shlex
from collections.abc import Callable
from pathlib import Path

from weft.errors import WeightsError

SHIPPED = Path(__file__).parent / "weights"
SHIPPED_SENSES = Path(__file__).parent / "weights_with_senses"
WORD_ROWS, WORD_PIECES = "words.safetensors", "words.json"
LAYOUT = "config"
"""What the checksum of the configuration is called; of the first weights there is none."""
VOICE_STATE, VOICE = "voice.safetensors", "voice.json"
"""A model with a voice of its own has these: its weights; their shape and checksum."""


def hashed(config: object) -> tuple[str, ...]:
    """Name the files that belong to a model of this configuration, as `weights.json` has it."""
    always = ("model.safetensors", "tokenizer.json")
    has_words = isinstance(config, dict) and config.get("word_dims")
    return (*always, WORD_ROWS, WORD_PIECES) if has_words else always


def has_senses(folder: Path) -> bool:
    """Say whether the model of a folder hears and sees; a folder that cannot be read has none."""
    try:
        config = _describe(folder)["config"]
    except WeightsError:
        return False
    return isinstance(config, dict) and config.get("senses") is not None


def has_voice(folder: Path) -> bool:
    """Say whether the model of a folder has a voice of its own, sound or not: `verified_voice`."""
    return (folder / VOICE).exists()


def remedy(folder: Path, *, of_voice: bool = False) -> str:
    """Say how the files of a weights folder are had again, or those of its voice alone."""
    for shipped, train in ((SHIPPED, "weft train"), (SHIPPED_SENSES, "weft train --senses")):
        if folder.resolve() == shipped.resolve():
            return (
                "Restore the shipped files with "
                f"`git checkout -- interaction_model/{shipped.name}`, "
                f"or install weft again; or train others: `{train}`."
            )
    copy, out = "Copy the whole folder again from where it was trained", shlex.quote(str(folder))
    if of_voice:
        return (
            f"{copy}, or train its voice again: `weft train --voice --out {out}`; "
            "with `voice: espeak` another speaks."
        )
    return (
        f"{copy}, or empty it and train again: `weft train --out {out}`; "
        "`interaction: {weights: shipped}` takes the weights that come with weft."
    )


def verified(folder: Path | None = None) -> dict[str, dict[str, object]]:
    """Give what `weights.json` says, once every file is there as it should be.

    Raises WeightsError naming file, checksums and remedy.
    """
    folder = folder or SHIPPED
    description = _describe(folder)
    _check_layout(folder, description["config"], description["sha256"].get(LAYOUT))
    for name in hashed(description["config"]):
        _verify(folder / name, str(description["sha256"][name]), remedy(folder))
    return description


def verified_voice(folder: Path) -> dict[str, dict[str, object]]:
    """Give what `voice.json` says, once the voice's weights are there as they should be.

    Raises WeightsError naming file, checksums and remedy.
    """
    remedied = remedy(folder, of_voice=True)
    description = _read_description(folder / VOICE, lambda _: (VOICE_STATE,), remedied)
    _verify(folder / VOICE_STATE, str(description["sha256"][VOICE_STATE]), remedied)
    return description


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def layout_checksum(config: object) -> str:
    """SHA-256 of a configuration, in hexadecimal; the order of its keys does not count."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _describe(folder: Path) -> dict[str, dict[str, object]]:
    return _read_description(folder / "weights.json", hashed, remedy(folder))


def _read_description(
    path: Path, names: Callable[[object], tuple[str, ...]], remedied: str
) -> dict[str, dict[str, object]]:
    """Read a configuration with the checksums of the files that, by `names`, belong to it."""
    try:
        description = json.loads(path.read_text())
    except FileNotFoundError:
        raise WeightsError(
            f"{path} is missing; without it no checksum is known. {remedied}"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path} cannot be read: {error}. {remedied}") from error
    if not isinstance(description, dict) or not {"config", "sha256"} <= description.keys():
        raise WeightsError(f"{path} lacks `config` or `sha256`. {remedied}")
    named, needed = description["sha256"], names(description["config"])
    if not isinstance(named, dict) or not set(needed) <= named.keys():
        raise WeightsError(f"{path}: `sha256` lacks one of {', '.join(needed)}. {remedied}")
    return description


def _check_layout(folder: Path, config: object, expected: object) -> None:
    # Not before it is needed: pydantic and numpy take longer to import than weft may.
    from pydantic import ValidationError

    from weft.interaction_model.config import ModelConfig

    try:
        ModelConfig.model_validate(config)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, ('config', *mistake['loc'])))}: {mistake['msg']}"
            for mistake in error.errors()
        )
        raise WeightsError(
            f"{folder / 'weights.json'}: no model has such a layout: {wrong}. {remedy(folder)}"
        ) from error
    found = layout_checksum(config)
    if expected not in (None, found):
        raise WeightsError(
            f"{folder / 'weights.json'}: `config` was changed: its SHA-256 is {found}, "
            f"expected {expected}. {remedy(folder)}"
        )


def _verify(path: Path, expected: str, remedied: str) -> None:
    expectation = f"(expected SHA-256 {expected})"
    if not path.exists():
        raise WeightsError(f"{path} is missing {expectation}. {remedied}")
    try:
        found = checksum(path)
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror} {expectation}. {remedied}"
        ) from error
    if found != expected:
        raise WeightsError(
            f"{path} is corrupted: SHA-256 is {found}, expected {expected}. {remedied}"
        )
