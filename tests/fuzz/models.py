"""Models on disk whose files have suffered, or say something else than they should."""

import json
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from tests.fuzz.cases import Case, check_sentence
from tests.fuzz.damage import EXTREMES, damaged, overwritten
from tests.fuzz.values import nasty, nested
from vae_core import (
    VAE,
    Encodings,
    ModelError,
    PictureError,
    VAEConfig,
    load,
    load_encodings,
    save,
    save_encodings,
)
from vae_core.images import prepare
from vae_core.pretrained import History, load_history, save_history

SMALL = {"encoder_width": 8, "encoder_blocks": 1, "decoder_width": 6, "decoder_blocks": 2}
PLAIN = VAEConfig("mnist", (1, 8, 6), ("a", "b", "c"), **SMALL)
CONFIGS = {
    "plain": PLAIN,
    "colour": replace(PLAIN, shape=(3, 5, 4), likelihood="gaussian", preparation="photo"),
    "told": replace(PLAIN, conditional=True, objective="iwae"),
    "point": replace(PLAIN, objective="autoencoder", classes=()),
}
DTYPES = (
    *("F16", "BF16", "F32", "F64", "BOOL", "U8", "I8", "I16", "U16", "I32", "I64", "U64", "C64"),
    *("F8_E4M3", "F8_E5M2", "F4", "I4", "", "f16", "X" * 9999),
)
# Sizes of networks whose parameters would not fit in any memory, or just about.
HUGE = (4096, 20_000, 10**5, 10**6, 10**8, 2**31, 2**62, 2**63, 10**400)


@cache
def whole_models() -> dict[str, dict[str, bytes]]:
    """Small models, each as its files by name."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, config in CONFIGS.items():
            torch.manual_seed(0)
            n, label = 5, torch.arange(5) % 3
            model = VAE(config)
            save(name, model, folder)
            x = torch.rand(n, *config.shape)
            with torch.no_grad():
                q, bound = model.encode(x, label), model.elbo(x, label)
            save_encodings(name, Encodings(*q, label, *bound, -bound.distortion), folder)
            past = History(torch.arange(3.0), torch.rand(3, n, 2).half(), *torch.rand(2, 3))
            save_history(name, past, folder)
            found[name] = {path.name: path.read_bytes() for path in Path(folder, name).iterdir()}
    return found


def _tensors_changed(data: bytes, chance: Random) -> bytes:
    """A safetensors file whose header says something else, or whose numbers are none."""
    (length,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    key = chance.choice(sorted(header.keys() - {"__metadata__"}))
    entry = header[key]
    start, end = entry["data_offsets"]
    kind = chance.randrange(10)
    text = None
    if kind == 0:
        entry["dtype"] = chance.choice((*DTYPES, nasty(chance)))
    elif kind == 1:
        sizes = entry["shape"]
        huge = [chance.choice(EXTREMES) for _ in sizes]
        entry["shape"] = chance.choice((sizes[::-1], [*sizes, 1], [], huge, [0], nasty(chance)))
    elif kind == 2:
        ends = [chance.choice((0, start, end, *EXTREMES)) for _ in range(2)]
        entry["data_offsets"] = chance.choice((ends, ends[:1], nasty(chance)))
    elif kind == 3:
        header[chance.choice((*header, "extra", "__metadata__"))] = nasty(chance)
    elif kind == 4:
        del header[key]
    elif kind == 5:  # the same key twice
        text = json.dumps(header)[:-1] + f', "{key}": {json.dumps(chance.choice([entry, 1]))}}}'
    elif kind in (6, 7):  # numbers that are none, or too large for most
        size = (end - start) // max(1, torch.Size(entry["shape"]).numel())
        special = {1: b"\xff", 2: b"\x00\x7c", 4: b"\0\0\xc0\x7f", 8: b"\0" * 6 + b"\xf8\x7f"}
        new = chance.choice((special.get(size, b""), b"\xff" * size, b"\x7f" * size))
        body = overwritten(body, start + size * chance.randrange((end - start) // size), new)
    elif kind == 8:  # the same numbers, wider
        wide = {"F16": "F32", "F32": "F64", "U8": "I16"}.get(entry["dtype"])
        if wide:
            entry["dtype"] = wide
            entry["data_offsets"] = [len(body), len(body) + 2 * (end - start)]
            body += chance.randbytes(2 * (end - start))
    else:
        text = json.dumps(header)
        text = chance.choice(("[" * 5000, '{"a":' * 5000, text + " " * 9000, "\ufeff" + text, ""))
    content = (json.dumps(header) if text is None else text).encode()
    count = len(content) if chance.random() < 0.95 else chance.choice(EXTREMES)
    return struct.pack("<Q", count % 2**64) + content + body


def _config_changed(data: bytes, chance: Random) -> bytes:
    """A configuration with another value, a field less or more, or of another kind."""
    fields = json.loads(data)
    key = chance.choice(sorted(fields))
    kind = chance.randrange(8)
    value: Any = nasty(chance)
    if kind == 0:
        del fields[key]
    elif kind == 1:
        fields[chance.choice(("extra", "", "encoder", "__class__"))] = value
    elif kind < 4:
        part = chance.choice(("encoder", "decoder"))
        fields[f"{part}_{chance.choice(('width', 'blocks'))}"] = chance.choice(HUGE)
        if chance.random() < 0.3:
            fields["shape"][chance.randrange(3)] = chance.choice(HUGE)
    elif kind == 4:
        sizes = fields["shape"]
        fields["shape"] = chance.choice((sizes[::-1], [2, 4, 6], [48, 1, 1], [4, 5, 3], sizes[:2]))
    elif kind == 5:
        names = [chance.choice(("a", "", "\ud800", "x" * 100_000, "\0")) for _ in range(3)]
        fields["classes"] = chance.choice((names, [str(n) for n in range(50_000)], value))
    elif kind == 6:
        return chance.choice(("[" * 100_000, '{"a":' * 100_000, json.dumps(value))).encode()
    else:
        fields[key] = chance.choice((value, nested(900, chance)))
    return json.dumps(fields).encode()


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="latent-lab-fuzz-"))
    (folder / "m").mkdir()
    return folder


def _check_model(folder: Path) -> None:
    model = load("m", folder)
    for parameter in model.parameters():
        assert parameter.dtype == torch.float32
        assert parameter.device.type == "cpu"
        assert not parameter.requires_grad
        assert parameter.isfinite().all(), "a parameter that is not finite"
    json.dumps([model.config.dataset, *model.config.classes], ensure_ascii=False).encode()
    assert float(model.config.beta) >= 0, "beta is no number"
    try:
        x = prepare(torch.rand(12, 12).numpy(), model.config)
    except PictureError:
        return
    label = torch.zeros(1, dtype=torch.long)
    with torch.no_grad():
        assert model.decode(model.encode(x, label).mean, label).shape == x.shape


def _check_encodings(folder: Path) -> None:
    found = load_encodings("m", folder)
    n = len(found.label)
    shapes = {"mean": (n, 2), "logvar": (n, 2)}
    for name, values in found._asdict().items():
        assert values.shape == shapes.get(name, (n,)), name
        assert values.dtype == (torch.int64 if name == "label" else torch.float32), name
    assert ((found.label >= 0) & (found.label < 2**16)).all(), "labels no class can have"
    for name in "mean", "distortion", "log_prob":
        assert getattr(found, name).isfinite().all(), f"{name} is not finite"
    points = found.logvar.isneginf()
    assert _numbers_but(found.logvar, points), "logvar is not finite"
    assert _numbers_but(found.rate, points.all(1)), "rate is not finite"


def _numbers_but(values: Tensor, infinite: Tensor) -> bool:
    return bool((values.isfinite() | (infinite & values.isinf())).all())


def _check_history(folder: Path) -> None:
    found = load_history("m", folder)
    moments = len(found.epoch)
    assert found.mean.shape == (moments, found.mean.shape[1], 2)
    assert found.mean.dtype == torch.float16
    for values in found.epoch, found.rate, found.distortion:
        assert values.shape == (moments,)
        assert values.dtype == torch.float32


CHECKS: dict[str, Callable[[Path], None]] = {
    "config.json": _check_model,
    "encoder.safetensors": _check_model,
    "decoder.safetensors": _check_model,
    "encodings.safetensors": _check_encodings,
    "history.safetensors": _check_history,
}


def case(chance: Random) -> Case:
    """A model one of whose files has suffered, read by the function that reads this file."""
    models = whole_models()
    name = chance.choice(sorted(models))
    file = chance.choice(sorted(CHECKS))
    whole, config = models[name][file], file.endswith(".json")
    kind = chance.random()
    changed = (_config_changed if config else _tensors_changed)(whole, chance)
    if kind < 0.4:
        others = [files[chance.choice(sorted(files))] for files in models.values()]
        changed = damaged(chance.choice((whole, changed)), chance, others)
    for written, content in models[name].items():
        (_folder() / "m" / written).write_bytes(changed if written == file else content)

    def ask() -> None:
        try:
            CHECKS[file](_folder())
        except ModelError as error:
            check_sentence(str(error))

    return Case(f"{file} of the model {name}, {len(changed)} bytes", ask)
