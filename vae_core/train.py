"""Train a model: python -m vae_core.train --dataset mnist --name mnist-vae

After every epoch weights/<name>/checkpoint.safetensors holds everything needed to go on; stop at
any moment with Ctrl-C and repeat the command with --resume. The same seed gives the same weights
on the same machine, with or without an interruption. `accelerate launch -m vae_core.train ...`
spreads the same command over the GPUs of one machine or many: every batch is split among them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from vae_core.datasets import DATASETS, DatasetError, Images, describe, load_images
from vae_core.exact import Grid, log_prob
from vae_core.model import ELBO, LATENT_DIM, LIKELIHOODS, VAE, Posterior, VAEConfig
from vae_core.objectives import OBJECTIVES, Loss
from vae_core.pretrained import (
    WEIGHTS_DIR,
    Encodings,
    History,
    ModelError,
    load,
    model_folder,
    save,
    save_encodings,
    save_history,
    write_tensors,
)

SNAPSHOTS = 25  # of the training
GUIDE_STEPS = 25  # that the plane stays decoded for --guide; its cells:
GUIDE_SIDE, GUIDE_LIMIT = 112, 4.2
# Options that decide the result; a checkpoint continues only under the same ones.
RECIPE = (
    "dataset",
    "size",
    "likelihood",
    "conditional",
    "objective",
    "beta",
    "samples",
    "guide",
    "start",
    "freeze_decoder",
    "epochs",
    "batch_size",
    "lr",
    "weight_decay",
    "warmup",
    "input_dropout",
    "average",
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
    add(
        "--dataset",
        type=_dataset,
        default="mnist",
        help=f"{', '.join(DATASETS)} or folder:PATH, your own pictures (sub-folders are labels)",
    )
    add("--size", type=_number(int, 4, 257), default=32, help="side of a folder's pictures, pixels")
    add("--likelihood", choices=LIKELIHOODS, help="of a pixel; each dataset has its own default")
    add("--conditional", action="store_true", help="tell the label to both networks")
    add("--objective", choices=list(OBJECTIVES), default="elbo", help="what is minimized")
    add("--beta", type=_number(float, 0), default=1.0, help="weight of the rate")
    add("--samples", type=_number(int, 1), help="codes per image; 1, or for iwae 5")
    add(
        "--guide",
        type=_number(float, 0),
        default=0.0,
        help="nats per unit of distance from the code that explains the image best (exact.Grid); "
        "falls to 0 by 70%% of the training. Moves codes that are stuck on the wrong side",
    )
    add(
        "--start",
        help="begin with the parameters of this model, of the same "
        "architecture; an autoencoder takes a VAE's means for its codes",
    )
    add("--freeze-decoder", action="store_true", help="train the encoder only")
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
        help="epochs over which the rate's weight rises to its full value",
    )
    add(
        "--input-dropout",
        type=_number(float, 0, 1),
        default=0.0,
        help="share of the pixels hidden from the encoder, at random",
    )
    add(
        "--average",
        type=_number(float, 0, 1),
        default=0.999,
        help="decay per step of the running average of the weights, which is what is saved",
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
    add("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    add("--data-dir", help="where the dataset is, or is downloaded to")
    add("--weights-dir", type=Path, default=WEIGHTS_DIR, help="where the model is written")
    add("--resume", action="store_true", help="continue from the checkpoint of the same command")
    options = parser.parse_args(arguments)
    if options.samples is None:
        options.samples = 5 if options.objective == "iwae" else 1
    return options


def train(options: argparse.Namespace) -> VAE:
    """Train, checkpoint, save and encode the test set; see `parse_arguments` for the options.

    Raises:
        ModelError: a bad name, a device that is not there, or a checkpoint or model to start from
            that does not fit the options.
        DatasetError: the dataset is neither on disk nor to be downloaded.
    """
    from accelerate import Accelerator  # late: only training needs it

    checkpoint = model_folder(options.name, options.weights_dir) / "checkpoint.safetensors"
    if checkpoint.exists() and not options.resume:
        raise ModelError(
            f"{checkpoint} holds an unfinished training: continue it with --resume, "
            "or delete the file to start over"
        )
    cpu = _use_cpu(options.device)
    dataset = describe(options.dataset, options.size)
    images, test = (
        load_images(options.dataset, part, options.data_dir, size=options.size)
        for part in (True, False)
    )
    accelerator = Accelerator(cpu=cpu)
    device, main = accelerator.device, accelerator.is_main_process
    images = Images(*(part.to(device) for part in images))

    torch.manual_seed(options.seed)
    model = VAE(
        VAEConfig(
            options.dataset.partition(":")[0],
            dataset.shape,
            dataset.classes,
            dataset.preparation,
            likelihood=options.likelihood or dataset.likelihood,
            conditional=options.conditional,
            objective=options.objective,
            beta=options.beta,
            encoder_width=options.encoder_width,
            encoder_blocks=options.encoder_blocks,
            decoder_width=options.decoder_width,
            decoder_blocks=options.decoder_blocks,
        )
    )
    if options.start:
        _start_from(model, options)
    model.input_dropout = options.input_dropout
    model.decoder.requires_grad_(not options.freeze_decoder)
    model.to(device)
    training = Training(model, options, steps=-(-len(images.labels) // options.batch_size))
    if options.guide and model.config.conditional:
        raise ModelError("--guide: expected a model that is not told the label")
    if options.resume:
        training.read(checkpoint)
    step = accelerator.prepare(_Step(model, options))  # more than one process: shares gradients

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with tqdm(
        total=options.epochs * training.steps,
        initial=training.done * training.steps,
        unit="step",
        dynamic_ncols=True,
        disable=not main,
    ) as progress:
        while training.done < options.epochs:
            _train_epoch(training, step, images, test, accelerator, progress)
            if main:
                training.write(checkpoint)
    accelerator.wait_for_everyone()

    if main:
        trained, history = training.average.cpu().eval(), training.history()
        if not trained.config.probabilistic:
            shift, scale = standardize_codes(trained, Images(*(part.cpu() for part in images)))
            history = history._replace(mean=((history.mean.float() - shift) / scale).half())
        save(options.name, trained, options.weights_dir)
        stored = load(options.name, options.weights_dir)  # what was rounded is what gets encoded
        q, bound = encode_all(stored, test)
        exact = log_prob(stored, test.batch(slice(None)), test.labels).float()
        encodings = Encodings(*q, test.labels, *bound, exact)
        save_encodings(options.name, encodings, options.weights_dir)
        save_history(options.name, history, options.weights_dir)
        checkpoint.unlink()
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return load(options.name, options.weights_dir)


class Training:
    """Everything that changes while a model is trained, and how it is kept on disk."""

    def __init__(self, model: VAE, options: argparse.Namespace, steps: int) -> None:
        self.model, self.options, self.steps = model, options, steps  # steps per epoch
        self.recipe = {key: getattr(options, key) for key in RECIPE}
        self.optimizer = torch.optim.AdamW(
            model.parameters(), options.lr, weight_decay=options.weight_decay
        )
        total = options.epochs * steps
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, options.lr, total_steps=total
        )

        def average(averaged: Tensor, current: Tensor, seen: Tensor | int) -> Tensor:
            # A shorter memory at first, so that the average is not of what has been unlearned.
            share = max(1 - options.average, 9 / (10 + float(seen)))
            return averaged.lerp(current, share)

        self.averaged = AveragedModel(model, avg_fn=average)
        self.done = 0  # epochs
        self.snapshots: list[History] = []  # of one moment each
        moments = np.geomspace(20, max(total, 20), SNAPSHOTS - 1).astype(int)
        self.moments = {0, total, *moments.tolist()}

    @property
    def average(self) -> VAE:
        """The model with the running average of the weights: the one to be saved."""
        return cast(VAE, self.averaged.module)

    def history(self) -> History:
        """All snapshots so far."""
        return History(*map(torch.cat, zip(*self.snapshots, strict=True)))

    def snapshot(self, step: int, test: Images) -> None:
        """Encode the test set as the averaged model sees it now."""
        q, bound = encode_all(self.average.eval(), test, nodes=2)
        self.snapshots.append(
            History(
                torch.tensor([step / self.steps]),
                q.mean.half()[None],
                bound.rate.mean()[None],
                bound.distortion.mean()[None],
            )
        )

    def write(self, path: Path) -> None:
        """Keep everything needed to go on."""
        state = self.optimizer.state_dict()
        tensors = {f"model/{key}": value for key, value in self.model.state_dict().items()}
        tensors |= {f"averaged/{key}": value for key, value in self.averaged.state_dict().items()}
        tensors |= {f"history/{key}": value for key, value in self.history()._asdict().items()}
        for index, slots in state["state"].items():
            tensors |= {f"optimizer/{index}/{key}": value for key, value in slots.items()}
        notes = {
            "done": self.done,
            "recipe": self.recipe,
            "param_groups": state["param_groups"],
            "schedule": self.schedule.state_dict(),
        }
        write_tensors(path, tensors, {key: json.dumps(value) for key, value in notes.items()})

    def read(self, path: Path) -> None:
        """Restore everything.

        Raises:
            ModelError: no checkpoint, a broken one, or one made with other options.
        """
        if not path.exists():
            raise ModelError(f"{path}: there is no checkpoint to resume from")
        try:
            with safe_open(path, framework="pt") as file:
                notes = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
                tensors: dict[str, Tensor] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            made_with = notes["recipe"]
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: truncated or not a checkpoint ({error!r})") from error
        for key, value in self.recipe.items():
            if made_with.get(key) != value:
                option = "--" + key.replace("_", "-")
                raise ModelError(
                    f"{path} was made with {option} {made_with.get(key)}, "
                    f"not {value}: resume with the same options"
                )
        kinds: dict[str, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            kind, _, rest = key.partition("/")
            kinds.setdefault(kind, {})[rest] = tensor
        slots: dict[int, dict[str, Tensor]] = {}
        for key, tensor in kinds["optimizer"].items():
            index, slot = key.split("/")
            slots.setdefault(int(index), {})[slot] = tensor
        self.model.load_state_dict(kinds["model"])
        self.averaged.load_state_dict(kinds["averaged"])
        self.optimizer.load_state_dict({"state": slots, "param_groups": notes["param_groups"]})
        self.schedule.load_state_dict(notes["schedule"])
        self.snapshots = [History(**kinds["history"])]
        self.done = int(notes["done"])


@torch.no_grad()
def encode_all(
    model: VAE, images: Images, nodes: int = 8, batch_size: int = 1000
) -> tuple[Posterior, ELBO]:
    """Encode images as they are (grey, not binarized), with a progress bar; on the CPU.

    Args:
        model: it may be on any device.
        images: on any device.
        nodes: see `VAE.elbo`.
        batch_size: images at a time.
    """
    parts = []
    device = next(model.parameters()).device
    for start in tqdm(range(0, len(images.labels), batch_size), desc="encode", leave=False):
        part = slice(start, start + batch_size)
        x, label = images.batch(part).to(device), images.labels[part].to(device)
        q, bound = model.encode(x, label), model.elbo(x, label, nodes)
        parts.append((*q, *bound))
    mean, logvar, rate, distortion = (torch.cat(part).cpu() for part in zip(*parts, strict=True))
    return Posterior(mean, logvar), ELBO(rate, distortion)


@torch.no_grad()
def standardize_codes(model: VAE, images: Images) -> tuple[Tensor, Tensor]:
    """Shift and scale a plain autoencoder's codes to mean 0 and deviation 1 along each axis.

    Nothing in its objective says where on the plane its codes are. The change is undone in the
    decoder's first layer, so that every reconstruction stays what it was.

    Returns:
        the mean and the deviation that the codes had, (2,) each.
    """
    mean = encode_all(model, images, nodes=1)[0].mean
    shift, scale = mean.mean(0), mean.std(0)
    first, last = cast(nn.Linear, model.decoder[0]), cast(nn.Linear, model.encoder[-1])
    first.bias.add_(first.weight[:, : len(scale)] @ shift)
    first.weight[:, : len(scale)] *= scale
    last.weight /= scale[:, None]
    last.bias.copy_((last.bias - shift) / scale)
    return shift, scale


class _Step(nn.Module):
    """The objective as a module, so that Accelerate can wrap it."""

    def __init__(self, model: VAE, options: argparse.Namespace) -> None:
        super().__init__()
        self.model, self.objective = model, OBJECTIVES[options.objective]

    def forward(
        self,
        x: Tensor,
        noise: Tensor,
        label: Tensor,
        beta: float,
        guide: tuple[float, Tensor] | None,
    ) -> Loss:
        loss = self.objective(self.model, x, noise, label, beta)
        if guide is None:
            return loss
        weight, codes = guide
        away = (self.model.encode(x).mean - codes).norm(dim=1).mean()
        return loss._replace(total=loss.total + weight * away)


def _train_epoch(
    training: Training,
    step: nn.Module,
    images: Images,
    test: Images,
    accelerator: Any,
    progress: "tqdm[Any]",
) -> None:
    options, device = training.options, images.labels.device
    # Seeded anew every epoch, so that a resumed training draws what an unbroken one would have.
    seed = options.seed * 1_000_003 + training.done
    order = torch.randperm(len(images.labels), generator=torch.Generator().manual_seed(seed))
    generator = torch.Generator(device).manual_seed(seed)
    torch.manual_seed(seed + 500_000 * accelerator.process_index)  # dropout knows no generator
    step.train()
    rate = distortion = 0.0
    if training.done == 0 and accelerator.is_main_process:
        training.snapshot(0, test)
    for number, batch in enumerate(order.to(device).split(options.batch_size)):
        # Every process draws for the whole batch and takes its share: as many as there may be, they
        # do together what one would do alone.
        x, label = images.batch(batch), images.labels[batch]
        if training.model.config.likelihood == "bernoulli":
            x = torch.bernoulli(x, generator=generator)  # dynamic binarization
        noise = torch.randn(
            options.samples, len(batch), LATENT_DIM, generator=generator, device=device
        )
        share, weight = _share(len(batch), accelerator)
        x, label, noise = x[share], label[share], noise[:, share]
        now = training.done + number / training.steps
        beta = options.beta * (min(1.0, now / options.warmup) if options.warmup else 1.0)
        weight_of_guide = options.guide * max(0.0, 1 - now / (0.7 * options.epochs)) ** 3
        guide = None
        if weight_of_guide:
            if number % GUIDE_STEPS == 0:
                grid = Grid(training.model, GUIDE_SIDE, GUIDE_LIMIT)
            guide = weight_of_guide, grid.codes[grid.log_joint(x).argmax(1)]
        loss = step(x, noise, label, beta, guide)
        training.optimizer.zero_grad()
        accelerator.backward(weight * loss.total)
        training.optimizer.step()
        training.schedule.step()
        training.averaged.update_parameters(training.model)
        rate += (loss.rate.item() - rate) / (number + 1)
        distortion += (loss.distortion.item() - distortion) / (number + 1)
        progress.set_postfix_str(
            f"epoch {training.done + 1}/{options.epochs}, "
            f"rate {rate:.2f}, distortion {distortion:.2f} nats",
            refresh=False,
        )
        progress.update()
        taken = training.done * training.steps + number + 1
        if taken in training.moments and accelerator.is_main_process:
            training.snapshot(taken, test)
    training.done += 1


def _share(n: int, accelerator: Any) -> tuple[slice, float]:
    """This process's part of a batch, and the weight that makes their mean the batch's mean."""
    rank, processes = accelerator.process_index, accelerator.num_processes
    mine = len(range(rank, n, processes))
    return (slice(rank, n, processes) if mine else slice(0, 1)), mine * processes / n


def _start_from(model: VAE, options: argparse.Namespace) -> None:
    start = load(options.start, options.weights_dir)
    state = start.state_dict()
    if start.config.probabilistic and not model.config.probabilistic:
        last = f"encoder.{len(start.encoder) - 1}."
        state |= {key: value[:LATENT_DIM] for key, value in state.items() if key.startswith(last)}
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ModelError(f"--start {options.start}: of another architecture ({error})") from error


def _use_cpu(device: str) -> bool:
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device == "auto":
        return not (there["cuda"] or there["mps"])
    if not there[device]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise ModelError(f"--device {device}: there is none here; available: {found}")
    return device == "cpu"


def _dataset(text: str) -> str:
    if text not in DATASETS and not text.startswith("folder:"):
        expected = ", ".join(DATASETS)
        raise argparse.ArgumentTypeError(f"{text!r}: expected {expected} or folder:PATH")
    return text


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
