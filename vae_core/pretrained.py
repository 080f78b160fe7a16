"""Models on disk. weights/<name>/ holds

    config.json            the VAEConfig: enough to build the model
    encoder.safetensors    parameters in half precision, read by the browser as they are
    decoder.safetensors
    encodings.safetensors  the encoded test set: mean, logvar, label, rate, distortion,
                           exact log p(x)
    history.safetensors    the same means in half precision at about 25 moments of the training
    metrics.json README.md figures and model card, written by `vae_core.evaluate`

safetensors files hold numbers and nothing else, so reading one runs no code.
"""

import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from vae_core.model import LATENT_DIM, VAE, VAEConfig

WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

PathLike = str | os.PathLike[str]


class ModelError(ValueError):
    """A model that cannot be loaded or saved; the message names the file and what is wrong."""


class Encodings(NamedTuple):
    """A dataset's test images, in its own order, as the model sees them (grey, not binarized)."""

    mean: Tensor  # (n, 2) float32
    logvar: Tensor  # (n, 2) float32
    label: Tensor  # (n,) int64
    rate: Tensor  # (n,) float32, nats
    distortion: Tensor  # (n,) float32, nats
    log_prob: Tensor  # (n,) float32, nats, exact; log p(x|label) if it is told the label


class History(NamedTuple):
    """The test images (grey) at moments of the training, early ones closer together."""

    epoch: Tensor  # (moments,) float32, epochs done
    mean: Tensor  # (moments, n, 2) float16
    rate: Tensor  # (moments,) float32, nats, averaged over the images
    distortion: Tensor  # (moments,) float32, nats, averaged over the images


def list_models(weights_dir: PathLike = WEIGHTS_DIR) -> list[str]:
    """Names of the models in a directory, sorted: those `load` accepts."""
    return sorted(
        path.parent.name
        for path in Path(weights_dir).glob("*/config.json")
        if NAME.fullmatch(path.parent.name)
    )


def load_config(name: str, weights_dir: PathLike = WEIGHTS_DIR) -> VAEConfig:
    """The configuration of a pretrained model, without its parameters.

    Raises:
        ModelError: no such model, or a configuration that cannot be read.
    """
    return _read_config(_folder(name, weights_dir) / "config.json")


def load(name: str, weights_dir: PathLike = WEIGHTS_DIR) -> VAE:
    """A pretrained model: eval mode, gradients off, float32, on the CPU.

    Raises:
        ModelError: no such model, or a file that is missing, truncated or of another model.
    """
    folder = _folder(name, weights_dir)
    model = VAE(load_config(name, weights_dir))
    _read_parameters(model.encoder, folder / "encoder.safetensors")
    _read_parameters(model.decoder, folder / "decoder.safetensors")
    return model.eval().requires_grad_(False)


def load_encodings(name: str, weights_dir: PathLike = WEIGHTS_DIR) -> Encodings:
    """The encoded test set stored with a model.

    Raises:
        ModelError: no such model, or a file that is missing, truncated or of another kind.
    """
    path = _folder(name, weights_dir) / "encodings.safetensors"
    tensors = _read(path)
    n = tensors["label"].numel() if "label" in tensors else 0
    plane, line = (n, LATENT_DIM), (n,)
    expected: dict[str, tuple[int, ...]] = {"mean": plane, "logvar": plane}
    expected |= {"label": line, "rate": line, "distortion": line, "log_prob": line}
    _check_shapes(path, tensors, expected)
    return Encodings(
        tensors.pop("mean"),
        tensors.pop("logvar"),
        tensors.pop("label").long(),
        tensors.pop("rate"),
        tensors.pop("distortion"),
        tensors.pop("log_prob"),
    )


def load_history(name: str, weights_dir: PathLike = WEIGHTS_DIR) -> History:
    """The training of a model, to be played back.

    Raises:
        ModelError: no such model, or a file that is missing, truncated or of another kind.
    """
    path = _folder(name, weights_dir) / "history.safetensors"
    tensors = _read(path)
    mean = tensors.get("mean", torch.empty(0, 0, LATENT_DIM))
    line = (len(mean),)
    expected = {"mean": (*line, mean.shape[1] if mean.ndim > 1 else 0, LATENT_DIM)}
    _check_shapes(path, tensors, expected | dict.fromkeys(("epoch", "rate", "distortion"), line))
    return History(**tensors)


def save(name: str, model: VAE, weights_dir: PathLike = WEIGHTS_DIR) -> None:
    """Store a model, its parameters rounded to half precision. Each file is replaced whole.

    Raises:
        ModelError: a name with other characters than a-z, 0-9, "-" and "_".
    """
    folder = model_folder(name, weights_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("encoder", "decoder"):
        state = getattr(model, part).state_dict()
        half = {key: value.half().contiguous() for key, value in state.items()}
        write_tensors(folder / f"{part}.safetensors", half)
    write_text(folder / "config.json", json.dumps(asdict(model.config), indent=2) + "\n")


def save_encodings(name: str, encodings: Encodings, weights_dir: PathLike = WEIGHTS_DIR) -> None:
    """Store the encoded test set beside a saved model.

    Raises:
        ModelError: no such model.
    """
    tensors = {key: value.contiguous() for key, value in encodings._asdict().items()}
    tensors["label"] = tensors["label"].to(torch.uint8)
    write_tensors(_folder(name, weights_dir) / "encodings.safetensors", tensors)


def save_history(name: str, history: History, weights_dir: PathLike = WEIGHTS_DIR) -> None:
    """Store the training beside a saved model.

    Raises:
        ModelError: no such model.
    """
    path = _folder(name, weights_dir) / "history.safetensors"
    write_tensors(path, {key: value.contiguous() for key, value in history._asdict().items()})


def model_folder(name: str, weights_dir: PathLike = WEIGHTS_DIR) -> Path:
    """Where a model of this name is or would be.

    Raises:
        ModelError: a name with other characters than a-z, 0-9, "-" and "_".
    """
    if not NAME.fullmatch(name):
        raise ModelError(
            f"{name[:80]!r} is not a model name: expected 1 to 64 of a-z, 0-9, '-' and '_'"
        )
    return Path(weights_dir) / name


def write_tensors(
    path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file so that a kill at any moment leaves the old one or the new one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(to_bytes(tensors, metadata))
    os.replace(partial, path)


def write_text(path: Path, text: str) -> None:
    """Write a text file in the same way."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)


def _folder(name: str, weights_dir: PathLike) -> Path:
    models = list_models(weights_dir)
    if name not in models:
        shown = ", ".join(models) or f"none in {weights_dir}"
        raise ModelError(f"no model named {str(name)[:80]!r}; available: {shown}")
    return Path(weights_dir) / name


def _read_config(path: Path) -> VAEConfig:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(fields["classes"], list):
            raise TypeError("classes: expected a list")
        return VAEConfig(
            **fields | {"shape": tuple(fields["shape"]), "classes": tuple(fields["classes"])}
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path}: not a model configuration ({error!r})") from error


def _read_parameters(network: nn.Module, path: Path) -> None:
    tensors = _read(path)
    _check_shapes(path, tensors, {k: tuple(v.shape) for k, v in network.state_dict().items()})
    network.load_state_dict(tensors)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: the file is missing") from error
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path}: truncated or not a safetensors file ({error})") from error


def _check_shapes(
    path: Path, tensors: dict[str, Tensor], expected: dict[str, tuple[int, ...]]
) -> None:
    found = {key: tuple(value.shape) for key, value in tensors.items()}
    for key in sorted(found.keys() | expected.keys()):
        if found.get(key) != expected.get(key):
            raise ModelError(
                f"{path}: does not match the model: tensor {key!r} has shape "
                f"{found.get(key, 'missing')}, expected {expected.get(key, 'none')}"
            )
