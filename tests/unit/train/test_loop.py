"""Training learns, in every family, and leaves a whole model."""

import pytest
import torch

from tests.proofs import LIBRARY
from tests.unit.train.common import SIDE, assert_same, best_without_code, stop_in_call
from vae_core import VAE, ModelError, load, load_encodings, objectives, save
from vae_core import train as training
from vae_core.datasets import load_images
from vae_core.exact import Grid
from vae_core.pretrained import load_history
from vae_core.train import checkpoint as checkpoints

pytestmark = pytest.mark.proof("tests/unit/train/co*.py", *LIBRARY)


def test_training_raises_the_elbo(run, tiny_mnist, tmp_path):
    run("--epochs 50 --batch-size 16 --lr 0.003 --warmup 20 --encoder-width 64 --decoder-width 64")
    model = load("tiny", tmp_path)
    images, test = (load_images("mnist", part, tiny_mnist) for part in (True, False))
    x = test.batch(slice(None))
    before = VAE(model.config).elbo(x).elbo.mean()
    after = model.elbo(x).elbo.mean()
    assert before < -500  # about 784 log 2
    assert after > best_without_code(images, x) + 5
    assert model.elbo(x).rate.mean() > 1  # and the code is used


def test_training_leaves_a_whole_model_and_no_checkpoint(run, tiny_mnist, tmp_path):
    run("--epochs 1")
    found = sorted(path.name for path in (tmp_path / "tiny").iterdir())
    parts = [f"{part}.safetensors" for part in ("decoder", "encoder", "encodings", "history")]
    assert found == ["config.json", *parts]
    model, stored = load("tiny", tmp_path), load_encodings("tiny", tmp_path)
    assert (model.config.dataset, model.config.shape) == ("mnist", (1, 28, 28))
    assert model.config.encoder_width == model.config.decoder_width == 16
    test = load_images("mnist", False, tiny_mnist)
    q = model.encode(test.batch(slice(None)))
    torch.testing.assert_close(stored.mean, q.mean)
    torch.testing.assert_close(stored.logvar, q.logvar)
    torch.testing.assert_close(stored.rate, q.rate())
    exact = Grid(model, SIDE).log_prob(test.batch(slice(None))).float()
    torch.testing.assert_close(stored.log_prob, exact)
    assert torch.equal(stored.label, test.labels)


def test_every_epoch_shows_every_image_binarized_anew(run, tiny_mnist, monkeypatch):
    seen = []

    def watch(model, x, noise, label, beta):
        seen.append((x, beta))
        return objectives.elbo(model, x, noise, label, beta)

    monkeypatch.setitem(objectives.OBJECTIVES, "elbo", watch)
    run("--epochs 4 --batch-size 100 --warmup 2")
    assert [len(x) for x, _ in seen] == [100, 100, 56] * 4
    assert all(((x == 0) | (x == 1)).all() for x, _ in seen)
    epochs = [torch.cat([x for x, _ in seen[i : i + 3]]) for i in range(0, 12, 3)]
    assert not torch.equal(epochs[0], epochs[1])
    mean = load_images("mnist", True, tiny_mnist).batch(slice(None)).mean().item()
    for epoch in epochs:
        assert epoch.mean().item() == pytest.approx(mean, abs=4 * 0.5 / epoch.numel() ** 0.5)
    betas = [beta for _, beta in seen]
    assert betas == pytest.approx([i / 6 for i in range(6)] + [1] * 6)  # rises for two epochs


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("--objective autoencoder", {"objective": "autoencoder", "probabilistic": False}),
        ("--objective iwae", {"objective": "iwae", "probabilistic": True}),
        ("--beta 4", {"objective": "elbo", "beta": 4}),
        ("--conditional", {"conditional": True}),
        ("--likelihood gaussian", {"likelihood": "gaussian"}),
        ("--input-dropout 0.5 --average 0", {}),
    ],
)
def test_every_family_trains_resumes_and_is_encoded(
    run, tiny_mnist, tmp_path, monkeypatch, text, config
):
    text += " --epochs 2 --batch-size 128"
    unbroken = run(text, tmp_path / "unbroken")
    with monkeypatch.context() as patch:
        stop_in_call(patch, "os.replace", 2)
        with pytest.raises(KeyboardInterrupt):
            run(text)
    assert_same(run(text + " --resume"), unbroken)
    model, stored = load("tiny", tmp_path), load_encodings("tiny", tmp_path)
    for field, value in config.items():
        assert getattr(model.config, field) == value
    test = load_images("mnist", False, tiny_mnist)
    q = model.encode(test.batch(slice(None)), test.labels)
    torch.testing.assert_close(stored.mean, q.mean)
    torch.testing.assert_close(stored.logvar, q.logvar)


def test_the_weights_saved_are_a_running_average(run, monkeypatch):
    """Against the same recursion over the weights of every step, written down by hand."""
    seen = []
    update = checkpoints.AveragedModel.update_parameters

    def watch(self, model):
        seen.append({key: value.clone() for key, value in model.state_dict().items()})
        update(self, model)

    monkeypatch.setattr(checkpoints.AveragedModel, "update_parameters", watch)
    saved = run("--epochs 40 --batch-size 64 --average 0.95")
    expected = seen[0]
    for number, state in enumerate(seen[1:], 1):
        share = max(0.05, 9 / (10 + number))
        expected = {key: old + share * (state[key] - old) for key, old in expected.items()}
    assert len(seen) == 160
    for key in expected:
        torch.testing.assert_close(saved[key], expected[key], atol=1e-5, rtol=1e-4)
    assert any(not torch.allclose(saved[key], seen[-1][key], atol=1e-4) for key in saved)


def test_start_and_freeze_decoder(run, tmp_path):
    run("--epochs 2")
    first = load("tiny", tmp_path).state_dict()
    run("--epochs 2 --start tiny --name other --freeze-decoder --lr 0.01 --batch-size 64")
    second = load("other", tmp_path).state_dict()
    for key in first:
        assert torch.equal(first[key], second[key]) == key.startswith("decoder"), key
    with pytest.raises(ModelError, match="of another architecture"):
        run("--start tiny --name third --decoder-width 17")


def test_an_autoencoder_starts_from_the_means_of_a_vae(run, tiny_mnist, tmp_path):
    run("--epochs 2")
    x = load_images("mnist", False, tiny_mnist).batch(slice(None))
    run("--epochs 1 --lr 1e-9 --start tiny --name plain --objective autoencoder")
    plain = load("plain", tmp_path)
    assert not plain.config.probabilistic
    same = load("tiny", tmp_path).reconstruct(x)  # while codes are shifted and scaled
    torch.testing.assert_close(plain.reconstruct(x), same, atol=0.01, rtol=0)
    with pytest.raises(ModelError, match="of another architecture"):
        run("--start plain --name back")


def test_a_guide_moves_codes_to_where_the_image_is_explained(run, tiny_mnist, tmp_path):
    """With the decoder frozen, from an encoder that knows nothing: nearer to the best codes."""
    size = "--encoder-width 32 --decoder-width 32 --epochs 20 --batch-size 32 --lr 0.003"
    run(size)
    x = load_images("mnist", True, tiny_mnist).batch(slice(None)).round()
    grid = Grid(load("tiny", tmp_path), 60, 4.2)
    best = grid.codes[grid.log_joint(x).argmax(1)]

    def away(name):
        return (load(name, tmp_path).encode(x).mean - best).norm(dim=1).mean()

    shuffle = load("tiny", tmp_path)
    shuffle.encoder[-1].weight[:2] *= -1
    save("tiny", shuffle, tmp_path)
    for name, guide in ("plain", 0), ("guided", 300):
        run(f"{size} --start tiny --freeze-decoder --name {name} --guide {guide}")
    assert away("guided") < 0.9 * away("plain") < 0.9 * away("tiny")


def test_an_autoencoders_codes_are_standardized(run, tiny_mnist, tmp_path):
    run("--epochs 3 --objective autoencoder")
    model, images = load("tiny", tmp_path), load_images("mnist", True, tiny_mnist)
    x = images.batch(slice(None))
    mean = model.encode(x).mean
    torch.testing.assert_close(mean.mean(0), torch.zeros(2), atol=0.01, rtol=0)
    torch.testing.assert_close(mean.std(0), torch.ones(2), atol=0.01, rtol=0)
    last = load_history("tiny", tmp_path).mean[-1].float()  # shown in the same units
    torch.testing.assert_close(last, load_encodings("tiny", tmp_path).mean, atol=0.02, rtol=0.01)
    before = model.reconstruct(x)
    with torch.no_grad():  # move them away: standardizing must bring them back, pictures unchanged
        model.encoder[-1].weight *= 3
        model.encoder[-1].bias.mul_(3).add_(2)
        model.decoder[0].bias -= model.decoder[0].weight @ torch.full((2,), 2 / 3)
        model.decoder[0].weight /= 3
    torch.testing.assert_close(model.reconstruct(x), before, atol=1e-4, rtol=1e-3)
    training.standardize_codes(model, images)
    torch.testing.assert_close(model.reconstruct(x), before, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(model.encode(x).mean.std(0), torch.ones(2), atol=0.01, rtol=0)


def test_the_history_starts_early_and_ends_with_the_model(run, tmp_path):
    run("--epochs 30 --batch-size 16")
    history, stored = load_history("tiny", tmp_path), load_encodings("tiny", tmp_path)
    assert 20 <= len(history.epoch) <= 25
    assert history.mean.dtype == torch.float16
    assert history.mean.shape == (len(history.epoch), 64, 2)
    assert history.epoch[0] == 0
    assert history.epoch[-1] == 30
    steps = history.epoch.diff()
    assert (steps > 0).all()
    assert steps[len(steps) // 2 :].mean() > 2 * steps[: len(steps) // 2].mean()
    # The last moment is the model itself, before it is rounded to half precision.
    torch.testing.assert_close(history.mean[-1].float(), stored.mean, atol=0.02, rtol=0.01)
    assert -history.rate[-1] - history.distortion[-1] == pytest.approx(
        -(stored.rate + stored.distortion).mean(), abs=2
    )
    assert history.distortion[0] > 500 > history.distortion[-1]  # about 784 log 2 at first


def test_a_history_begins_with_that_of_the_start(run, tmp_path):
    run("--epochs 2 --name first")
    run("--epochs 3 --name second --start first")
    first, second = (load_history(name, tmp_path) for name in ("first", "second"))
    assert second.epoch[0] == 0
    assert second.epoch[-1] == 5
    assert (second.epoch.diff() > 0).all()
    assert torch.equal(second.mean[0], first.mean[0])
    assert first.epoch[-1] in second.epoch
    assert len(second.epoch) <= checkpoints.MOMENTS


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_exact_objective_raises_log_p(run, tmp_path, tiny_mnist, precision, monkeypatch):
    monkeypatch.setattr("vae_core.train.step.EXACT_CELLS", (40, 3.8))
    width = "--encoder-width 48 --decoder-width 48 --batch-size 64 --lr 0.003"
    run(f"--epochs 8 {width} --name elbo")
    run(f"--epochs 24 {width} --start elbo --objective exact --precision {precision}")
    x = load_images("mnist", False, tiny_mnist).batch(slice(None)).round()
    before, after = (Grid(load(name, tmp_path), 80).log_prob(x).mean() for name in ("elbo", "tiny"))
    assert after > before + 5
    assert load("tiny", tmp_path).config.objective == "exact"
