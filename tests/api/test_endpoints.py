"""The named endpoints, as README readers call them, against the library called directly."""

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import torch
from gradio_client import Client, handle_file
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsClassifier

from tests.live import Server
from vae_core import VAE, Encodings, images
from vae_core.exact import Grid, complete
from vae_core.geometry import geodesic, measure, straight_path

MODEL = "mnist-vae"
PARAMETERS = {
    "/models": [],
    "/encode": ["image", "model", "label"],
    "/reconstruct": ["image", "model", "label"],
    "/compare": ["image", "model_a", "model_b"],
    "/posterior": ["image", "model", "label"],
    "/decode": ["z1", "z2", "model", "label"],
    "/interpolate": ["z1_a", "z2_a", "z1_b", "z2_b", "steps", "model", "label"],
    "/geodesic": ["z1_a", "z2_a", "z1_b", "z2_b", "steps", "model", "label"],
    "/analogies": ["image", "label", "model"],
    "/complete": ["image", "mask", "model", "samples", "label"],
    "/generate": [
        *("model", "n", "source", "label", "z1", "z2", "radius", "temperature", "seed"),
    ],
    "/encodings": ["model"],
    "/features": ["model", "k"],
}
A, B = (-1.25, 0.5), (1.5, -0.75)


def levels(x: torch.Tensor) -> np.ndarray:
    """(1, 1, H, W) in [0, 1] -> (H, W) bytes."""
    return (x[0, 0] * 255).round().byte().numpy()


def expected_numbers(model: VAE, x: torch.Tensor) -> dict[str, Any]:
    q, bound = model.encode(x), model.elbo(x)
    return {
        "mean": pytest.approx(q.mean[0].tolist(), abs=1e-5),
        "std": pytest.approx(q.std[0].tolist(), abs=1e-5),
        "rate": pytest.approx(bound.rate.item(), abs=1e-3),
        "distortion": pytest.approx(bound.distortion.item(), abs=1e-2),
        "elbo": pytest.approx(bound.elbo.item(), abs=1e-2),
    }


def test_exactly_these_endpoints_are_public(client: Client, server: Server) -> None:
    shown = client.view_api(return_format="dict", print_info=False)
    described = httpx.get(f"{server.url}gradio_api/info").json()
    for api in (shown, described):
        found = {
            name: [parameter["parameter_name"] for parameter in endpoint["parameters"]]
            for name, endpoint in api["named_endpoints"].items()
        }
        assert found == PARAMETERS
        assert not api["unnamed_endpoints"]


def test_models(client: Client) -> None:
    names = client.predict(api_name="/models")
    assert names[0] == MODEL
    assert all(isinstance(name, str) for name in names)


def test_encode(client: Client, shipped: VAE, digit_file: Path) -> None:
    answer = client.predict(handle_file(digit_file), MODEL, api_name="/encode")
    assert answer == expected_numbers(shipped, images.prepare(digit_file, shipped.config))
    assert answer["elbo"] == pytest.approx(-(answer["rate"] + answer["distortion"]), abs=1e-3)


@pytest.mark.platform
def test_reconstruct(client: Client, shipped: VAE, digit_file: Path) -> None:
    seen, decoded, numbers = client.predict(
        image=handle_file(digit_file), model=MODEL, api_name="/reconstruct"
    )
    x = images.prepare(digit_file, shipped.config)
    assert np.array_equal(Image.open(seen), levels(x))
    assert np.array_equal(Image.open(decoded), levels(shipped.reconstruct(x)))
    assert numbers == expected_numbers(shipped, x)


def test_compare(client: Client, digit_file: Path) -> None:
    names = (MODEL, "mnist-beta4")
    *pictures, answer = client.predict(handle_file(digit_file), *names, api_name="/compare")
    for name, side, picture in zip(names, "ab", pictures, strict=True):
        _, alone, numbers = client.predict(handle_file(digit_file), name, api_name="/reconstruct")
        assert np.array_equal(Image.open(picture), Image.open(alone))
        assert answer[side] == numbers
    assert answer["figures"]["log_prob"]["better"] == "a"
    assert "β" in answer["why"]


def test_posterior(client: Client, shipped: VAE, encodings: Encodings, digit_file: Path) -> None:
    answer = client.predict(handle_file(digit_file), MODEL, api_name="/posterior")
    assert sorted(answer) == ["elbo", "kl_q_p", "log_prob", "modes", "percentile"]
    x = images.prepare(digit_file, shipped.config)
    exact = Grid(shipped, side=300, limit=1.5).log_prob(x).item()  # all of it lies within
    assert answer["log_prob"] == pytest.approx(exact, abs=0.05)
    assert answer["elbo"] == pytest.approx(shipped.elbo(x).elbo.item(), abs=1e-2)
    assert answer["kl_q_p"] == pytest.approx(answer["log_prob"] - answer["elbo"], abs=1e-3)
    lower = (encodings.log_prob < exact).double().mean().item()
    assert answer["percentile"] == pytest.approx(100 * lower, abs=0.3)
    assert all(sorted(mode) == ["mass", "z"] and mode["mass"] > 0.05 for mode in answer["modes"])
    assert sum(mode["mass"] for mode in answer["modes"]) <= 1.0001


@pytest.mark.parametrize("z", [(0, 0), A, B, (10, -10)])
def test_decode(client: Client, shipped: VAE, z: tuple[float, float]) -> None:
    picture = Image.open(client.predict(*z, MODEL, api_name="/decode"))
    assert (picture.mode, picture.size) == ("L", (28, 28))
    assert np.array_equal(picture, levels(shipped.decode(torch.tensor([z], dtype=torch.float32))))


def test_decode_by_keyword(client: Client, shipped: VAE) -> None:
    picture = Image.open(client.predict(model=MODEL, z2=A[1], z1=A[0], api_name="/decode"))
    assert np.array_equal(picture, levels(shipped.decode(torch.tensor([A]))))


@pytest.mark.parametrize("steps", [2, 3, 32])
def test_interpolate(client: Client, steps: int) -> None:
    strip = np.asarray(Image.open(client.predict(*A, *B, steps, MODEL, api_name="/interpolate")))
    ends = [np.asarray(Image.open(client.predict(*z, MODEL, api_name="/decode"))) for z in (A, B)]
    assert strip.shape == (28, 28 * steps)
    assert np.array_equal(strip[:, :28], ends[0])
    assert np.array_equal(strip[:, -28:], ends[1])


def test_interpolate_by_keyword_walks_evenly(client: Client) -> None:
    named = {"z1_a": A[0], "z2_a": A[1], "z1_b": B[0], "z2_b": B[1], "steps": 5, "model": MODEL}
    strip = np.asarray(Image.open(client.predict(**named, api_name="/interpolate")))
    middle = [(a + b) / 2 for a, b in zip(A, B, strict=True)]
    halfway = np.asarray(Image.open(client.predict(*middle, MODEL, api_name="/decode")))
    assert np.array_equal(strip[:, 2 * 28 : 3 * 28], halfway)


@pytest.mark.parametrize("steps", [2, 3, 32])
def test_geodesic(client: Client, shipped: VAE, steps: int) -> None:
    strip, numbers = client.predict(*A, *B, steps, MODEL, api_name="/geodesic")
    expected = geodesic(shipped, torch.tensor(A), torch.tensor(B), steps)
    straight = straight_path(torch.tensor(A), torch.tensor(B), steps)
    codes = torch.tensor(numbers.pop("codes"))
    assert torch.allclose(codes, expected.codes, atol=1e-4)
    assert numbers == {
        "length": pytest.approx(expected.length, rel=1e-5),
        "largest_step": pytest.approx(expected.largest_step, rel=1e-3),
        # `measure` is right to 0.2 %, and given other codes on the line here.
        "straight_length": pytest.approx(measure(shipped, straight).length, rel=2e-3),
        "straight_largest_step": pytest.approx(measure(shipped, straight).largest_step, rel=1e-5),
    }
    assert numbers["length"] < 0.9 * numbers["straight_length"]  # between these two it pays
    decoded = shipped.decode(codes)
    shown = np.asarray(Image.open(strip), dtype=int)
    assert shown.shape == (28, 28 * steps)
    for k in range(steps):
        assert abs(shown[:, 28 * k : 28 * (k + 1)] - levels(decoded[k : k + 1])).max() <= 1


def test_geodesic_by_keyword(client: Client) -> None:
    named = {"z1_a": A[0], "z2_a": A[1], "z1_b": B[0], "z2_b": B[1], "steps": 5, "model": MODEL}
    answers = [client.predict(**named, api_name="/geodesic")[1] for _ in range(2)]
    assert answers[0] == answers[1] == client.predict(*A, *B, 5, MODEL, api_name="/geodesic")[1]


def test_analogies(client: Client, digit_file: Path) -> None:
    numbers = client.predict(handle_file(digit_file), "mnist-cvae", api_name="/encode")
    file = client.predict(handle_file(digit_file), None, "mnist-cvae", api_name="/analogies")
    strip = np.asarray(Image.open(file))
    assert strip.shape == (28, 280)
    for k in (0, 3, 9):
        z = numbers["mean"]
        one = client.predict(*z, "mnist-cvae", str(k), api_name="/decode")
        tile = strip[:, 28 * k : 28 * (k + 1)].astype(int)
        assert np.abs(tile - np.asarray(Image.open(one))).max() <= 1


def test_complete(client: Client, shipped: VAE, digit_file: Path, tmp_path: Path) -> None:
    mask = torch.zeros(28, 28, dtype=torch.bool)
    mask[:, :14] = True
    mask_file = tmp_path / "mask.png"
    images.to_pil(mask[None].float()).save(mask_file)
    x = images.prepare(digit_file, shipped.config)
    found = complete(Grid(shipped, side=160), x, mask, 5, torch.Generator().manual_seed(0))
    answers = [
        client.predict(handle_file(digit_file), handle_file(mask_file), *rest, api_name="/complete")
        for rest in ((MODEL, 5), (MODEL,))
    ]
    for completion, _, numbers in answers:
        off = np.asarray(Image.open(completion), dtype=int) - levels(found.mean)
        assert np.abs(off).max() <= 1
        assert numbers == {
            "entropy_bits": pytest.approx(found.posterior.entropy_bits(), abs=0.01),
            "information_bits": pytest.approx(found.posterior.information_bits(), abs=0.01),
            "log_prob": pytest.approx(found.posterior.log_prob, abs=0.01),
        }
    five, eight = (np.asarray(Image.open(samples), dtype=int) for _, samples, _ in answers)
    assert np.abs(five - np.asarray(images.to_strip(found.samples), dtype=int)).max() <= 2
    assert eight.shape == (28, 8 * 28)


def test_features(client: Client, encodings: Encodings) -> None:
    answer = client.predict(MODEL, 10, api_name="/features")
    assert sorted(answer) == ["ari", "groups", "k", "knn", "note", "pca_ari", "pca_knn"]
    labels, mean = encodings.label.numpy(), encodings.mean.numpy()
    assert answer["ari"] == pytest.approx(adjusted_rand_score(labels, answer["groups"]))
    groups = KMeans(10, n_init=5, random_state=0).fit_predict(mean)
    assert adjusted_rand_score(groups, answer["groups"]) > 0.9  # the same groups, nearly
    knn = KNeighborsClassifier(1).fit(mean, labels)
    nearest = knn.kneighbors(return_distance=False)[:, 0]
    assert answer["knn"][0] == pytest.approx(np.mean(labels[nearest] == labels), abs=1e-5)
    assert len(answer["knn"]) == len(answer["pca_knn"]) == 50
    assert answer["ari"] > answer["pca_ari"]
    assert answer["knn"][19] > answer["pca_knn"][19] + 0.3
    assert client.predict(model=MODEL, api_name="/features") == answer


def test_encodings(client: Client, encodings: Encodings) -> None:
    answer = client.predict(model=MODEL, api_name="/encodings")
    assert sorted(answer) == ["label", "mean"]
    assert answer["label"] == encodings.label.tolist()
    assert torch.equal(torch.tensor(answer["mean"]), encodings.mean)
    assert len(answer["label"]) == 10_000
