"""Do generated digits help a classifier with few labels? python -m tests.benchmarks.augmentation

Two classifiers, scikit-learn's defaults but for the number of iterations, are trained on n labelled
digits of MNIST's training set, as many of each class, and on the same with 200 generated ones of
each class added: codes from the prior N(0, I), decoded as the class, means E[x|z]. Three models
generate:

- a small conditional one, trained here on those n digits alone: the fair question;
- the same, trained on all 60,000 labelled digits: is it the digits that count, or the model?
- the shipped mnist-cvae, larger and trained for longer, on all of them too.

The last two bring labels in that the classifier was said not to have, so what they gain is no fair
gain. The small model's recipe was fixed beforehand and not tuned. Accuracy is on all test digits,
which nothing else here sees; a seed decides the digits drawn, the small models, the codes and the
MLP's weights. --data-dir names MNIST, else LATENT_LAB_DATA.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from tqdm import tqdm

from vae_core import LATENT_DIM, VAE, VAEConfig, generate, load
from vae_core.datasets import Images, load_images
from vae_core.objectives import elbo

MODEL = "mnist-cvae"
SIZES, SEEDS, PER_CLASS = (100, 300, 1000), 5, 200
STEPS, BATCH, LR, INPUT_DROPOUT = 800, 100, 1e-3, 0.2  # of the small model's training
WITHOUT, OWN = "n digits alone", "+ generated: small, of the n"
INFORMED, SHIPPED = "+ small, of all 60,000", f"+ {MODEL}, of all 60,000"
Labelled = tuple[np.ndarray, np.ndarray]  # pixels in [0, 1], (n, H * W); labels (n,)
Classifier = LogisticRegression | MLPClassifier


def draw(train: Images, n: int, classes: int, generator: torch.Generator) -> Images:
    """n of the images at random, as many of each class."""
    order = torch.randperm(len(train.labels), generator=generator)
    of_class = [order[train.labels[order] == label][: n // classes] for label in range(classes)]
    chosen = torch.cat(of_class)
    if len(chosen) != n:
        raise ValueError(f"expected {n} images, as many of each of {classes} classes")
    return Images(*(part[chosen] for part in train))


def fit_small(config: VAEConfig, digits: Images, steps: int, seed: int) -> VAE:
    """A small model that has seen these digits only."""
    torch.manual_seed(seed)
    size = {"encoder_width": 128, "decoder_width": 128, "encoder_blocks": 1, "decoder_blocks": 1}
    model = VAE(replace(config, **size))
    model.input_dropout = INPUT_DROPOUT
    optimizer = torch.optim.AdamW(model.parameters(), LR)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=steps)
    for _ in range(steps):
        batch = torch.randint(len(digits.labels), (BATCH,))
        x = torch.bernoulli(digits.batch(batch))  # dynamic binarization
        loss = elbo(model, x, torch.randn(1, BATCH, LATENT_DIM), digits.labels[batch])
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        schedule.step()
    return model.eval().requires_grad_(False)


def pictures(model: VAE, per_class: int, generator: torch.Generator) -> Labelled:
    """Generated digits, as many of each class."""
    label = torch.arange(len(model.config.classes)).repeat_interleave(per_class)
    z = generate.from_prior(len(label), generator)
    return model.decode(z, label).flatten(1).numpy(), label.numpy()


def training_sets(
    train: Images,
    n: int,
    informed: dict[str, VAE],
    seed: int,
    per_class: int = PER_CLASS,
    steps: int = STEPS,
) -> dict[str, Labelled]:
    """What the classifiers learn from; `informed` are models of more digits, by name."""
    generator = torch.Generator().manual_seed(seed)
    config = next(iter(informed.values())).config
    digits = draw(train, n, len(config.classes), generator)
    alone = digits.batch(slice(None)).flatten(1).numpy(), digits.labels.numpy()
    models = {OWN: fit_small(config, digits, steps, seed)} | informed
    sets = {WITHOUT: alone}
    for name, model in models.items():
        new = pictures(model, per_class, generator)
        sets[name] = tuple(np.concatenate(both) for both in zip(alone, new, strict=True))
    return sets


def classifiers(seed: int) -> dict[str, Classifier]:
    return {
        "logistic regression": LogisticRegression(max_iter=1000),
        "MLP, 100 hidden units": MLPClassifier(max_iter=1000, random_state=seed),
    }


def accuracies(sets: dict[str, Labelled], test: Labelled, seed: int) -> dict[str, dict[str, float]]:
    """In per cent, of each classifier under each training set.

    Raises:
        ValueError: a test image is among the training images.
    """
    images, labels = test
    held_out = {image.tobytes() for image in images}
    for name, (x, _) in sets.items():
        if not held_out.isdisjoint(image.tobytes() for image in x):
            raise ValueError(f"{name}: a test image is among the training images")
    return {
        kind: {
            name: 100 * float(classifier.fit(*known).score(images, labels))
            for name, known in sets.items()
        }
        for kind, classifier in classifiers(seed).items()
    }


def rows(found: Sequence[dict[str, dict[str, float]]], n: int) -> Iterator[str]:
    """Lines of the table: mean ± standard deviation over the seeds, and of paired differences."""

    def cell(values: np.ndarray, sign: str = "") -> str:
        return f"{values.mean():{sign}.1f} ± {values.std(ddof=1):.1f}".replace("-", "−")

    for kind in found[0]:
        by_set = {name: np.array([one[kind][name] for one in found]) for name in found[0][kind]}
        alone = by_set.pop(WITHOUT)
        cells = [cell(alone)]
        for values in by_set.values():
            cells.append(f"{cell(values)} ({cell(values - alone, '+')})")
        yield f"| {n:,} | {kind} | {' | '.join(cells)} |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", help="where MNIST is")
    options = parser.parse_args()
    torch.set_num_threads(1)
    shipped = load(MODEL)
    train, test = (load_images("mnist", part, options.data_dir) for part in (True, False))
    held_out = test.batch(slice(None)).flatten(1).numpy(), test.labels.numpy()
    columns = ("labels, n", "classifier", WITHOUT, OWN, INFORMED, SHIPPED)
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    informed = [
        {INFORMED: fit_small(shipped.config, train, STEPS, seed), SHIPPED: shipped}
        for seed in tqdm(range(SEEDS), f"{len(train.labels)} digits", unit="model", leave=False)
    ]
    for n in SIZES:
        found = [
            accuracies(training_sets(train, n, informed[seed], seed), held_out, seed)
            for seed in tqdm(range(SEEDS), f"{n} digits", unit="seed", leave=False)
        ]
        for row in rows(found, n):
            print(row, flush=True)
    print(f"\n{time.process_time() / 60:.1f} minutes of one core")


if __name__ == "__main__":
    main()
