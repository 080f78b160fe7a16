"""The training itself: from a recipe to a model on disk."""

import argparse
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from vae_core.datasets import Images, describe, load_images
from vae_core.exact import Grid, log_prob
from vae_core.model import LATENT_DIM, VAE, VAEConfig
from vae_core.objectives import OBJECTIVES, Loss
from vae_core.pretrained import (
    Encodings,
    ModelError,
    load,
    model_folder,
    save,
    save_encodings,
    save_history,
)
from vae_core.train.checkpoint import Training
from vae_core.train.encode import encode_all, standardize_codes

GUIDE_STEPS = 25  # that the plane stays decoded for --guide; its cells:
GUIDE_SIDE, GUIDE_LIMIT = 112, 4.2


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
