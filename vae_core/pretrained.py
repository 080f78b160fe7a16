"""Models on disk. weights/<name>/ holds

    config.json            the VAEConfig: enough to build the model
    encoder.safetensors    parameters in half precision, read by the browser as they are
    decoder.safetensors
    encodings.safetensors  the encoded test set: mean, logvar, label, rate, distortion,
                           exact log p(x)
    history.safetensors    the same means in half precision at about 25 moments of the training
    metrics.json README.md layers.safetensors manifold.png     figures, model card, layers of the
                           map and a picture of the plane, written by `vae_core.evaluate`

safetensors files hold numbers and nothing else, so reading one runs no code.
"""

import json
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from vae_core.model import LATENT_DIM, VAE, VAEConfig

MAX_LABEL = 255  # labels are stored in a byte
_INSTALLED = Path(__file__).resolve().parent / "weights"  # where a wheel puts its models
_CHECKOUT = Path(__file__).resolve().parent.parent / "weights"
# Where models are read, and where new ones are written: installed, the library leaves its own
# folder alone, and writes below the current one.
WEIGHTS_DIR = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
OUTPUT_DIR = Path("weights") if _INSTALLED.is_dir() else _CHECKOUT
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # names that Windows keeps for itself
ABOUT = (  # files about a model, which do not fit another of the same name
    "encodings.safetensors",
    "history.safetensors",
    "layers.safetensors",
    "metrics.json",
    "README.md",
    "manifold.png",
)

PathLike = str | os.PathLike[str]


class ModelError(ValueError):
    """A model that cannot be loaded, trained or saved; the message says what is wrong."""


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
        ModelError: no such model, a file that is missing, truncated or of another model, or
            parameters that are not finite.
    """
    folder = _folder(name, weights_dir)
    config = load_config(name, weights_dir)
    with torch.device("meta"):  # the files' tensors take the place of these, which need no memory
        model = VAE(config)
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
    label = tensors["label"]
    whole = not label.is_floating_point() and not label.is_complex()
    if not n or not whole or label.min() < 0 or label.max() > MAX_LABEL:
        raise ModelError(
            f"{path}: expected images with labels that are whole numbers from 0 to {MAX_LABEL}"
        )
    infinities = {"logvar": -math.inf, "rate": math.inf}  # of points, see `Posterior`
    numbers = {
        key: _finite(path, key, value, infinities.get(key, math.nan))
        for key, value in tensors.items()
        if key != "label"
    }
    return Encodings(label=label.long(), **numbers)


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
    infinities = {"rate": math.inf}  # of points, see `Posterior`
    numbers = {
        key: _finite(path, key, value, infinities.get(key, math.nan))
        for key, value in tensors.items()
    }
    return History(**numbers | {"mean": numbers["mean"].half()})


def save(name: str, model: VAE, weights_dir: PathLike = WEIGHTS_DIR) -> None:
    """Store a model, its parameters rounded to half precision. Each file is replaced whole.

    What was stored about another model of the same name (encodings, history, figures, card,
    picture) is removed.

    Raises:
        ModelError: a name that `model_folder` refuses, parameters that are not finite in half
            precision, or a folder that cannot be written.
    """
    folder = make_model_folder(name, weights_dir)
    halves = {}
    for part in ("encoder", "decoder"):
        state = getattr(model, part).state_dict()
        halves[part] = {key: value.half().contiguous() for key, value in state.items()}
        if key := not_finite(halves[part]):
            raise ModelError(
                f"{name} is not saved: {key!r} of the {part} is not finite in half precision"
            )
    for part, half in halves.items():
        write_tensors(folder / f"{part}.safetensors", half)
    write_text(folder / "config.json", json.dumps(asdict(model.config), indent=2) + "\n")
    for file in ABOUT:
        (folder / file).unlink(missing_ok=True)


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
        ModelError: a name with other characters than a-z, 0-9, "-" and "_", or one that Windows
            keeps for a device.
    """
    if not NAME.fullmatch(name):
        raise ModelError(
            f"{name[:80]!r} is not a model name: expected 1 to 64 of a-z, 0-9, '-' and '_'"
        )
    if DEVICES.fullmatch(name):
        raise ModelError(f"{name!r} cannot be a model's name: Windows keeps it for a device")
    return Path(weights_dir) / name


def make_model_folder(name: str, weights_dir: PathLike = WEIGHTS_DIR) -> Path:
    """`model_folder`, which is there afterwards.

    Raises:
        ModelError: a name that `model_folder` refuses, or a folder that cannot be made.
    """
    folder = model_folder(name, weights_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"{folder}: the folder cannot be made ({error.strerror})") from error
    return folder


def not_finite(tensors: Mapping[str, Tensor]) -> str | None:
    """The name of the first tensor that holds an infinity or what is not a number, if one does."""
    return next((key for key, value in tensors.items() if not value.isfinite().all()), None)


def write_tensors(
    path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file so that a kill at any moment leaves the old one or the new one.

    Raises:
        ModelError: the file cannot be written.
    """
    _write(path, to_bytes(tensors, metadata))


def write_text(path: Path, text: str) -> None:
    """Write a text file in the same way, in UTF-8.

    Raises:
        ModelError: the file cannot be written.
    """
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ModelError(f"{path}: the file cannot be written ({error.strerror})") from error


def _folder(name: str, weights_dir: PathLike) -> Path:
    models = list_models(weights_dir)
    if name not in models:
        shown = ", ".join(models) or f"none in {weights_dir}"
        raise ModelError(f"no model named {str(name)[:80]!r}; available: {shown}")
    return Path(weights_dir) / name


def _shown(value: object) -> str:
    """What stands in a file, or what a reader says of it: on one line that is not too long."""
    return repr(value)[:200]


def _read_config(path: Path) -> VAEConfig:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(fields["classes"], list):
            raise TypeError("classes: expected a list")
        return VAEConfig(
            **fields | {"shape": tuple(fields["shape"]), "classes": tuple(fields["classes"])}
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelError(f"{path}: not a model configuration ({_shown(error)})") from error


def _read_parameters(network: nn.Module, path: Path) -> None:
    tensors = _read(path)
    _check_shapes(path, tensors, {k: tuple(v.shape) for k, v in network.state_dict().items()})
    finite = {key: _finite(path, key, value) for key, value in tensors.items()}
    network.load_state_dict(finite, assign=True)


def _read(path: Path) -> dict[str, Tensor]:
    try:
        # Not `load_file`, whose tensors keep the file open: Windows would not let it be replaced.
        return from_bytes(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(f"{path}: the file is missing") from error
    except Exception as error:  # the reader of damaged files raises nearly anything
        raise ModelError(
            f"{path}: truncated or not a safetensors file ({_shown(error)})"
        ) from error


def _finite(path: Path, key: str, tensor: Tensor, also: float = math.nan) -> Tensor:
    """A tensor as float32, whose values are finite numbers, or one infinity that is expected."""
    if tensor.is_floating_point():
        values = tensor.float()
        if (values.isfinite() | (values == also)).all():
            return values
    raise ModelError(f"{path}: tensor {key!r} holds values that are not finite numbers")


def _check_shapes(
    path: Path, tensors: dict[str, Tensor], expected: dict[str, tuple[int, ...]]
) -> None:
    shapes = {key: tuple(value.shape) for key, value in tensors.items()}
    for key in sorted(shapes.keys() | expected.keys()):
        if shapes.get(key) != expected.get(key):
            raise ModelError(
                f"{path}: does not match the model: tensor {_shown(key)} has shape "
                f"{str(shapes.get(key, 'missing'))[:80]}, expected {expected.get(key, 'none')}"
            )
