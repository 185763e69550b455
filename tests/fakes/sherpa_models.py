"""Networks so small that they are made in a test, and yet what sherpa-onnx loads and runs.

The recogniser hears four tones as four tokens; the voice hums for 100 ms for every letter.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from weft.interaction_model.types import SAMPLE_RATE_HZ

TOKENS = ("<blk>", "▁HEL", "LO", "▁THERE", "▁NOW")
HUM_RATE_HZ = 22_050
HUM_SAMPLES = 2_205

_BANDS = {1: 10, 2: 25, 3: 45, 4: 65}
"""The mel band in which each token is loud."""
_MEL_BANDS = 80
_FRAMES = 19
_CHUNK_FRAMES = 16
_STATE = 4


def tone(token: str, samples: int, loudness: float = 0.5) -> NDArray[np.float32]:
    """The sound of a token."""
    low, high = _mel(20.0), _mel(SAMPLE_RATE_HZ / 2 - 400.0)
    band = _BANDS[TOKENS.index(token)]
    mel = low + (high - low) * (band + 1) / (_MEL_BANDS + 1)
    hz = 700 * (np.exp(mel / 1127) - 1)
    times_s = np.arange(samples) / SAMPLE_RATE_HZ
    sound: NDArray[np.float32] = (loudness * np.sin(2 * np.pi * hz * times_s)).astype(np.float32)
    return sound


def write_recognizer(folder: Path, *, described: bool = True) -> None:
    """Write a streaming transducer; one that is not described lacks what the library asks of it."""
    folder.mkdir(exist_ok=True)
    count = len(TOKENS)
    lines = "".join(f"{token} {number}\n" for number, token in enumerate(TOKENS))
    (folder / "tokens.txt").write_text(lines, encoding="utf-8")
    described_as: dict[str, object] = {
        "num_encoder_layers": 1,
        "T": _FRAMES,
        "decode_chunk_len": _CHUNK_FRAMES,
        "rnn_hidden_size": _STATE,
        "d_model": _STATE,
    }
    _save(
        folder / "encoder.onnx",
        [
            helper.make_node("Slice", ["x", "from", "to", "axis", "step"], ["encoder_out"]),
            helper.make_node("Identity", ["h"], ["next_h"]),
            helper.make_node("Identity", ["c"], ["next_c"]),
        ],
        takes={"x": ["N", _FRAMES, _MEL_BANDS], "h": [1, "N", _STATE], "c": [1, "N", _STATE]},
        gives={
            "encoder_out": ["N", _CHUNK_FRAMES // 4, _MEL_BANDS],
            "next_h": [1, "N", _STATE],
            "next_c": [1, "N", _STATE],
        },
        holds={
            "from": np.array([0], np.int64),
            "to": np.array([_CHUNK_FRAMES], np.int64),
            "axis": np.array([1], np.int64),
            "step": np.array([4], np.int64),
        },
        says={"model_type": "lstm", **(described_as if described else {})},
    )
    last = np.eye(count, dtype=np.float32)
    last[0] = 0
    _save(
        folder / "decoder.onnx",
        [
            helper.make_node("Slice", ["y", "from", "to", "axis"], ["sliced"]),
            helper.make_node("Squeeze", ["sliced", "axis"], ["before"]),
            helper.make_node("Gather", ["last", "before"], ["decoder_out"]),
        ],
        takes={"y": ["N", 2]},
        gives={"decoder_out": ["N", count]},
        holds={
            "last": last,
            "from": np.array([1], np.int64),
            "to": np.array([2], np.int64),
            "axis": np.array([1], np.int64),
        },
        says={"vocab_size": count, "context_size": 2},
        whole={"y"},
    )
    loud = np.zeros((_MEL_BANDS, count), np.float32)
    for number, band in _BANDS.items():
        loud[band, number] = 5
    _save(
        folder / "joiner.onnx",
        [
            # A band that is loud says its token, but not twice in a row; silence says nothing.
            helper.make_node("MatMul", ["encoder_out", "loud"], ["scores"]),
            helper.make_node("Mul", ["decoder_out", "never"], ["said_before"]),
            helper.make_node("Sub", ["scores", "said_before"], ["logit"]),
        ],
        takes={"encoder_out": ["N", _MEL_BANDS], "decoder_out": ["N", count]},
        gives={"logit": ["N", count]},
        holds={"loud": loud, "never": np.array(1000, np.float32)},
    )


def write_voice(folder: Path, *, described: bool = True) -> None:
    """Write a vits voice that hums 100 ms for every letter."""
    folder.mkdir(exist_ok=True)
    letters = "_^$ abcdefghijklmnopqrstuvwxyz,.?!'"
    lines = "".join(f"{letter} {number}\n" for number, letter in enumerate(letters))
    (folder / "tokens.txt").write_text(lines, encoding="utf-8")
    times_s = np.arange(HUM_SAMPLES) / HUM_RATE_HZ
    hum = (0.5 * np.sin(2 * np.pi * 200 * times_s)).astype(np.float32).reshape(1, 1, HUM_SAMPLES)
    described_as = {
        "sample_rate": HUM_RATE_HZ,
        "n_speakers": 1,
        "language": "English",
        "comment": "coqui",
        "frontend": "characters",
        "add_blank": 0,
        "use_eos_bos": 0,
        "blank_id": 0,
        "bos_id": 1,
        "eos_id": 2,
        "pad_id": 0,
    }
    _save(
        folder / "model.onnx",
        [
            helper.make_node("Cast", ["x"], ["letters"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["letters", "nothing"], ["zeros"]),
            helper.make_node("Unsqueeze", ["zeros", "axis"], ["column"]),
            helper.make_node("Add", ["column", "hum"], ["rows"]),
            helper.make_node("Reshape", ["rows", "shape"], ["y"]),
        ],
        takes={"x": [1, "L"], "x_length": [1], "scales": [3]},
        gives={"y": [1, 1, "T"]},
        holds={
            "nothing": np.array(0, np.float32),
            "axis": np.array([2], np.int64),
            "hum": hum,
            "shape": np.array([1, 1, -1], np.int64),
        },
        says=described_as if described else {},
        whole={"x", "x_length"},
    )


def _mel(hz: float) -> float:
    return float(1127 * np.log(1 + hz / 700))


def _save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    *,
    takes: Mapping[str, Sequence[int | str]],
    gives: Mapping[str, Sequence[int | str]],
    holds: Mapping[str, NDArray[np.generic]],
    says: Mapping[str, object] | None = None,
    whole: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Write a network; the values called `whole` are whole numbers."""

    def described(values: Mapping[str, Sequence[int | str]]) -> list[onnx.ValueInfoProto]:
        return [
            helper.make_tensor_value_info(
                name, TensorProto.INT64 if name in whole else TensorProto.FLOAT, shape
            )
            for name, shape in values.items()
        ]

    held = [numpy_helper.from_array(value, name) for name, value in holds.items()]
    graph = helper.make_graph(nodes, "tiny", described(takes), described(gives), held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for key, value in (says or {}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(model, path)
