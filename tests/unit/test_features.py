"""Two numbers as features, against scikit-learn."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mode
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsClassifier

from vae_core.features import adjusted_rand, kmeans, knn_accuracy, knn_regions, pca


def clouds(n=600, k=4, spread=0.6, seed=0):
    """Points around k centres, and whose centre each is."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(k, size=n)
    points = rng.normal(size=(k, 2))[labels] * 3 + spread * rng.normal(size=(n, 2))
    return torch.from_numpy(points).float(), torch.from_numpy(labels)


def inertia(points, groups):
    """Sum of the squared distances to the means of the groups."""
    return sum(
        (points[groups == group] - points[groups == group].mean(0)).square().sum().item()
        for group in groups.unique()
    )


# k-means


@pytest.mark.parametrize("k", [2, 5, 10])
def test_kmeans_is_as_good_as_that_of_scikit_learn(k):
    points, _ = clouds(spread=1.5)
    groups = kmeans(points, k)
    best = KMeans(k, n_init=20, random_state=0).fit(points.numpy())
    assert inertia(points, groups) <= 1.02 * best.inertia_
    means = torch.stack([points[groups == group].mean(0) for group in range(k)])
    assert (means[:, 0].diff() > 0).all()  # numbered from left to right
    nearest = torch.cdist(points, means).argmin(1)
    assert (nearest == groups).double().mean() > 0.99
    assert torch.equal(kmeans(points, k), groups)


def test_kmeans_finds_what_is_there():
    points, labels = clouds(k=4, spread=0.05)
    assert adjusted_rand(kmeans(points, 4), labels) == 1


def test_no_more_groups_than_points_that_differ():
    points = torch.tensor([[0.0, 0], [0, 0], [1, 1], [1, 1]])
    assert kmeans(points, 3).tolist() == [0, 0, 1, 1]
    assert kmeans(points, 1).tolist() == [0, 0, 0, 0]
    for k in 0, 5:
        with pytest.raises(ValueError, match="1 to 4 groups of 4 points"):
            kmeans(points, k)


# Agreement


GROUPINGS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 5), min_size=n, max_size=n)] * 2)
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(GROUPINGS)
def test_agreement_is_that_of_scikit_learn(groupings):
    a, b = groupings
    found = adjusted_rand(torch.tensor(a), torch.tensor(b))
    assert found == pytest.approx(adjusted_rand_score(a, b), abs=1e-12)
    assert found == pytest.approx(adjusted_rand(torch.tensor(b), torch.tensor(a)), abs=1e-12)


def test_the_names_of_groups_do_not_matter():
    a = torch.tensor([0, 0, 1, 1, 2, 2, 2])
    for order in itertools.permutations(range(3)):
        assert adjusted_rand(a, torch.tensor(order)[a] + 7) == 1


# Neighbours


def left_out(points, labels, k):
    """Accuracy when each point's k nearest others decide, by scikit-learn and SciPy."""
    knn = KNeighborsClassifier(k).fit(points, labels)
    near = knn.kneighbors(return_distance=False)  # without the point itself
    return np.mean(mode(labels.numpy()[near], axis=1).mode == labels.numpy())


def test_accuracy_is_that_of_scikit_learn_for_every_k():
    points, labels = clouds(300, spread=2)
    found = knn_accuracy(points, labels)
    expected = [left_out(points, labels, k) for k in range(1, 51)]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)
    assert 0.3 < min(expected) < max(expected) < 0.95


def test_few_points_have_few_neighbours():
    points, labels = clouds(5)
    assert knn_accuracy(points, labels).shape == (4,)
    assert knn_accuracy(points[:1], labels[:1]).shape == (0,)
    assert knn_accuracy(points, labels, most=2).shape == (2,)


def test_points_in_one_place_are_not_their_own_neighbours():
    """However many share it: labels all differ, so that only a point itself would tell its own."""
    assert knn_accuracy(torch.zeros(20, 2), torch.arange(20), most=1).item() == 0


@pytest.mark.parametrize("k", [1, 4, 20, 1000])
def test_regions_are_those_of_scikit_learn(k):
    points, labels = clouds(300, spread=2)
    places = torch.cartesian_prod(*[torch.linspace(-6, 6, 25)] * 2)
    knn = KNeighborsClassifier(min(k, 300)).fit(points, labels)
    assert knn_regions(points, labels, places, k).tolist() == knn.predict(places).tolist()


# PCA


def test_pca_is_that_of_scikit_learn():
    images = torch.rand(80, 2, 5, 4, generator=torch.Generator().manual_seed(0))
    images[:, :, 2] += images[:, :, 1:2, 0] * 3  # some directions stand out
    found = pca(images)
    reference = PCA(2, svd_solver="full").fit_transform(images.flatten(1).double().numpy())
    signs = np.sign((found.numpy() * reference).sum(0))
    np.testing.assert_allclose(found.numpy() * signs, reference, atol=1e-4)
    assert found[:, 0].var() > found[:, 1].var()
    torch.testing.assert_close(pca(images.flip(0)), found.flip(0), atol=1e-4, rtol=0)
