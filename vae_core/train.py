"""Train a model: python -m vae_core.train --dataset mnist --name mnist-vae

After every epoch weights/<name>/checkpoint.safetensors holds everything needed to go on; stop at
any moment with Ctrl-C and repeat the command with --resume. The same seed gives the same weights
on the same machine, with or without an interruption.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from tqdm import tqdm

from vae_core.datasets import DATASETS, DatasetError, Images, load_images
from vae_core.model import VAE, VAEConfig
from vae_core.objectives import OBJECTIVES
from vae_core.pretrained import (
    WEIGHTS_DIR,
    Encodings,
    ModelError,
    load,
    model_folder,
    save,
    save_encodings,
    write_tensors,
)

# Options that decide the result; a checkpoint continues only under the same ones.
RECIPE = (
    "dataset",
    "objective",
    "epochs",
    "batch_size",
    "lr",
    "weight_decay",
    "warmup",
    "seed",
    "encoder_width",
    "encoder_blocks",
    "decoder_width",
    "decoder_blocks",
)


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; `--help` explains each option."""
    parser = argparse.ArgumentParser(
        prog="python -m vae_core.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--name", required=True, help="name of the model: a folder in the weights directory")
    add("--dataset", choices=list(DATASETS), default="mnist")
    add("--objective", choices=list(OBJECTIVES), default="elbo", help="what is minimized")
    add("--epochs", type=_number(int, 1), default=30, help="passes over the training images")
    add("--batch-size", type=_number(int, 1), default=256, help="images per step")
    add("--lr", type=_number(float, 1e-9), default=1e-3, help="highest rate of AdamW, one cycle")
    add(
        "--weight-decay",
        type=_number(float, 0),
        default=0.01,
        help="decoupled weight decay of AdamW",
    )
    add(
        "--warmup",
        type=_number(float, 0),
        default=0.0,
        help="epochs over which the rate's weight rises to 1",
    )
    add(
        "--seed",
        type=_number(int, 0, 2**32),
        default=0,
        help="of the initial weights, the order and the noise",
    )
    for part in ("encoder", "decoder"):
        add(f"--{part}-width", type=_number(int, 1), default=512, help="units per layer")
        add(f"--{part}-blocks", type=_number(int, 1), default=2, help="residual blocks")
    add("--data-dir", help="where the dataset is, or is downloaded to")
    add("--weights-dir", type=Path, default=WEIGHTS_DIR, help="where the model is written")
    add("--resume", action="store_true", help="continue from the checkpoint of the same command")
    return parser.parse_args(arguments)


def train(options: argparse.Namespace) -> VAE:
    """Train, checkpoint, save and encode the test set; see `parse_arguments` for the options.

    Raises:
        ModelError: a bad name, or a checkpoint that does not fit the options.
        DatasetError: the dataset is neither on disk nor to be downloaded.
    """
    checkpoint = model_folder(options.name, options.weights_dir) / "checkpoint.safetensors"
    recipe = {key: getattr(options, key) for key in RECIPE}
    if checkpoint.exists() and not options.resume:
        raise ModelError(
            f"{checkpoint} holds an unfinished training: continue it with --resume, "
            "or delete the file to start over"
        )
    images = load_images(options.dataset, train=True, directory=options.data_dir)
    test = load_images(options.dataset, train=False, directory=options.data_dir)

    torch.manual_seed(options.seed)
    dataset = DATASETS[options.dataset]
    model = VAE(
        VAEConfig(
            options.dataset,
            dataset.shape,
            dataset.classes,
            dataset.preparation,
            encoder_width=options.encoder_width,
            encoder_blocks=options.encoder_blocks,
            decoder_width=options.decoder_width,
            decoder_blocks=options.decoder_blocks,
        )
    )
    steps = -(-len(images.labels) // options.batch_size)  # per epoch
    optimizer = torch.optim.AdamW(model.parameters(), options.lr, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.lr, total_steps=options.epochs * steps
    )
    done = 0
    if options.resume:
        done = _read_checkpoint(checkpoint, recipe, model, optimizer, schedule)

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    total = options.epochs * steps
    with tqdm(total=total, initial=done * steps, unit="step", dynamic_ncols=True) as progress:
        for epoch in range(done, options.epochs):
            _train_epoch(model, images, optimizer, schedule, options, epoch, progress)
            _write_checkpoint(checkpoint, recipe, model, optimizer, schedule, epoch + 1)

    save(options.name, model, options.weights_dir)
    stored = load(options.name, options.weights_dir)  # what was rounded is what gets encoded
    save_encodings(options.name, encode_all(stored, test), options.weights_dir)
    checkpoint.unlink()
    return stored


def encode_all(model: VAE, images: Images, batch_size: int = 1000) -> Encodings:
    """Encode images as they are (grey, not binarized), with a progress bar."""
    parts = []
    with torch.no_grad():
        for start in tqdm(range(0, len(images.labels), batch_size), desc="encode", leave=False):
            part = slice(start, start + batch_size)
            x = images.batch(part)
            q, bound = model.encode(x), model.elbo(x)
            parts.append((q.mean, q.logvar, images.labels[part], bound.rate, bound.distortion))
    return Encodings(*map(torch.cat, zip(*parts, strict=True)))


def _train_epoch(
    model: VAE,
    images: Images,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    options: argparse.Namespace,
    epoch: int,
    progress: "tqdm[Any]",
) -> None:
    objective = OBJECTIVES[options.objective]
    # One generator per epoch, so that a resumed training draws what an unbroken one would have.
    generator = torch.Generator().manual_seed(options.seed * 1_000_003 + epoch)
    order = torch.randperm(len(images.labels), generator=generator)
    batches = order.split(options.batch_size)
    rate = distortion = 0.0
    for step, index in enumerate(batches):
        x = torch.bernoulli(images.batch(index), generator=generator)  # dynamic binarization
        now = epoch + step / len(batches)
        beta = min(1.0, now / options.warmup) if options.warmup else 1.0
        loss = objective(model, x, generator, beta)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        schedule.step()
        rate += (loss.rate.item() - rate) / (step + 1)
        distortion += (loss.distortion.item() - distortion) / (step + 1)
        progress.set_postfix_str(
            f"epoch {epoch + 1}/{options.epochs}, "
            f"rate {rate:.2f}, distortion {distortion:.2f} nats",
            refresh=False,
        )
        progress.update()


def _write_checkpoint(
    path: Path,
    recipe: dict[str, Any],
    model: VAE,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    done: int,
) -> None:
    state = optimizer.state_dict()
    tensors = {f"model/{key}": value for key, value in model.state_dict().items()}
    for index, slots in state["state"].items():
        tensors |= {f"optimizer/{index}/{key}": value for key, value in slots.items()}
    notes = {
        "done": done,
        "recipe": recipe,
        "param_groups": state["param_groups"],
        "schedule": schedule.state_dict(),
    }
    write_tensors(path, tensors, {key: json.dumps(value) for key, value in notes.items()})


def _read_checkpoint(
    path: Path,
    recipe: dict[str, Any],
    model: VAE,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> int:
    """Restore everything; the number of epochs done."""
    if not path.exists():
        raise ModelError(f"{path}: there is no checkpoint to resume from")
    try:
        with safe_open(path, framework="pt") as file:
            notes = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
            tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        made_with = notes["recipe"]
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: truncated or not a checkpoint ({error!r})") from error
    for key, value in recipe.items():
        if made_with.get(key) != value:
            option = "--" + key.replace("_", "-")
            raise ModelError(
                f"{path} was made with {option} {made_with.get(key)}, "
                f"not {value}: resume with the same options"
            )
    slots: dict[int, dict[str, Tensor]] = {}
    parameters: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        kind, rest = key.split("/", 1)
        if kind == "model":
            parameters[rest] = tensor
        else:
            index, slot = rest.split("/")
            slots.setdefault(int(index), {})[slot] = tensor
    model.load_state_dict(parameters)
    optimizer.load_state_dict({"state": slots, "param_groups": notes["param_groups"]})
    schedule.load_state_dict(notes["schedule"])
    return int(notes["done"])


def _number(kind: type, least: float, below: float = float("inf")) -> Any:
    def parse(text: str) -> Any:
        value = kind(text)
        if not least <= value < below:
            raise ValueError
        return value

    parse.__name__ = (
        f"{kind.__name__} from {least:g} to below {below:g}"  # argparse's error says it
    )
    return parse


def main() -> int:
    """The command line."""
    options = parse_arguments()
    try:
        train(options)
    except (ModelError, DatasetError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nStopped. Repeat the command with --resume to go on from the last whole epoch; "
            "without, if the first was not finished.",
            file=sys.stderr,
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
