"""Signatures of what travels over a server, so that writing to it is not enough. Pure.

Gateways and workers share secrets: the first signs, all of them verify, so that secrets can be
changed while everything runs. What is signed includes what kind of message it is and where it is to
be read: what was signed for one place is worth nothing at another.
"""

import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

SECRET_LEAST_BYTES: Final = 32
SIGNATURE_BYTES: Final = 79
_FORM: Final = re.compile(rb"hmac1\.([0-9a-f]{8})\.[0-9a-f]{64}")
_BEGINS: Final = b"hmac1."


class Purpose(StrEnum):
    """What kind of message is signed."""

    PACKAGE = "package"
    UPDATES = "updates"
    STOP = "stop"
    INTEREST = "interest"
    HOLDER = "holder"
    MOVE = "move"
    LISTED = "listed"
    EFFECT = "effect"
    CALL = "call"


class Reason(StrEnum):
    """Why a message is not believed; a word for each, as metrics count them."""

    UNSIGNED = "unsigned"
    NO_KEY = "no_key"
    UNKNOWN_KEY = "unknown_key"
    ALTERED = "altered"
    OLD = "old"
    MISPLACED = "misplaced"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a message is not believed, and what to do about it."""

    reason: Reason
    told: str


@dataclass(frozen=True, slots=True)
class Signing:
    """The secrets that all processes of a prefix share; without any, nothing is signed."""

    secrets: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def key_ids(self) -> list[str]:
        """What the secrets are called where one must not see them."""
        return [key_id(secret) for secret in self.secrets]


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs one kind of message for the place at which it is to be read, and verifies it there."""

    signing: Signing
    purpose: Purpose
    place: str

    def signature(self, *parts: bytes) -> bytes:
        """Sign the parts of a message; empty when there is nothing to sign with."""
        return self._signed(self.signing.secrets[0], parts) if self.signing.secrets else b""

    def doubt(self, signature: bytes, *parts: bytes) -> Doubt | None:
        """Say why a message is not to be believed; None when it is."""
        secrets = self.signing.secrets
        if not secrets:
            return _NO_KEY if signature else None
        if not signature:
            return _UNSIGNED
        formed = _FORM.fullmatch(signature)
        if formed is None:
            return _ALTERED
        named = formed[1].decode()
        signers = [secret for secret in secrets if key_id(secret) == named]
        if not signers:
            return _unknown(named, self.signing.key_ids)
        if any(hmac.compare_digest(signature, self._signed(each, parts)) for each in signers):
            return None
        return _ALTERED

    def closed(self, body: bytes) -> bytes:
        """Give a message of one piece with its signature before it."""
        signature = self.signature(body)
        return b"%b %b" % (signature, body) if signature else body

    def _signed(self, secret: bytes, parts: tuple[bytes, ...]) -> bytes:
        # Each with its length: nothing may move from one part to the next.
        every = (self.purpose.encode(), self.place.encode(), *parts)
        message = b"".join(len(each).to_bytes(8, "big") + each for each in every)
        digest = hmac.digest(secret, message, "sha256").hex()
        return f"hmac1.{key_id(secret)}.{digest}".encode()


def parted(value: bytes) -> tuple[bytes, bytes]:
    """Part a message of one piece into its signature, empty where there is none, and its body."""
    if not value.startswith(_BEGINS):
        return b"", value
    signature, _, body = value.partition(b" ")
    return signature, body


@lru_cache(maxsize=16)
def key_id(secret: bytes) -> str:
    """Name a secret without giving it away."""
    return hmac.digest(secret, b"weft key id", "sha256").hex()[:8]


_NO_KEY = Doubt(
    Reason.NO_KEY,
    "it is signed, and this process has no queue.signing_keys to verify it with; give it those of "
    "the others",
)
_UNSIGNED = Doubt(
    Reason.UNSIGNED,
    "it is not signed, and this process has queue.signing_keys; give them to whoever wrote it, or "
    "find out who else writes to this server",
)
_ALTERED = Doubt(
    Reason.ALTERED,
    "its signature does not fit: it was changed, or signed for another place; queue.signing_keys "
    "is right, so find out who else writes to this server",
)


def _unknown(named: str, known: list[str]) -> Doubt:
    return Doubt(
        Reason.UNKNOWN_KEY,
        f"it is signed with the key {named}, and queue.signing_keys has {', '.join(known)}; give "
        "all processes the same keys, and while you change them the old one behind the new one",
    )
