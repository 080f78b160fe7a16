"""Two numbers as features: how much of the class they keep.

    groups of points that lie together              `kmeans`
    how far such groups agree with the classes      `adjusted_rand`
    the class of the nearest neighbours     `knn_accuracy`, `knn_regions`
    two other numbers of the same images            `pca`

Points are rows, (n, d): the codes of images, or what PCA makes of the same images. They may be on
any device; SciPy works on the CPU, and that is where its answers are.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GROUPS = range(2, 11)  # of k-means: more cannot be told apart by ten colours
NEIGHBOURS = 50  # at most
STARTS = 8  # of k-means, of which the best counts
SETTLED = 1e-6  # fall of the mean distance to a centre in a step of k-means that is the last


def kmeans(points: Tensor, k: int, seed: int = 0) -> Tensor:
    """k groups of points that lie together: each point belongs to the nearest of k centres.

    The centres c make Σ ‖x_i − c_g(i)‖² small, by Lloyd's algorithm (1982, "Least squares
    quantization in PCM", doi:10.1109/TIT.1982.1056489): each point to its nearest centre, each
    centre to the mean of its points, and again, by SciPy. It starts eight times from centres drawn
    as k-means++ does it (Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful
    seeding", section 2.2), and the best end counts.

    Args:
        points: (n, d).
        k: how many groups, 1 to n; where fewer points differ, there are fewer.
        seed: of the starts.
    Returns:
        The group of each point, (n,) int64, numbered from 0 by the first coordinate of its centre.
    Raises:
        ValueError: more groups than points.
    """
    from scipy.cluster import vq

    if not 1 <= k <= len(points):
        raise ValueError(f"expected 1 to {len(points)} groups of {len(points)} points, not {k}")
    x, generator = points.cpu().double(), torch.Generator().manual_seed(seed)
    ends = []
    for _ in range(STARTS):
        centres, _ = vq.kmeans(x.numpy(), _spread(x, k, generator).numpy(), thresh=SETTLED)
        centres = centres[centres[:, 0].argsort()]
        group, distance = vq.vq(x.numpy(), centres)
        ends.append((float((distance**2).sum()), group))
    return torch.from_numpy(min(ends, key=lambda end: end[0])[1]).long()


def _spread(x: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """k of the points, each drawn in proportion to its squared distance to those before."""
    away = x.new_ones(len(x))
    chosen: list[int] = []
    for _ in range(k):
        if not away.any():  # all that differ are chosen
            break
        chosen.append(int(away.multinomial(1, generator=generator)))
        apart = (x - x[chosen[-1]]).square().sum(1)
        away = apart if len(chosen) == 1 else away.minimum(apart)
    return x[chosen]


def adjusted_rand(a: Tensor, b: Tensor) -> float:
    """How far two groupings of the same things agree: 1 if they are the same, 0 as by chance.

    Of all pairs of things, S are together in both groupings, A in the first, B in the second:

        (S − E) / (½ (A + B) − E),   E = A B / C(n, 2)

    E is what S would be on average if things were dealt out at random to groups of the same sizes
    (Hubert and Arabie 1985, "Comparing partitions", doi:10.1007/BF01908075, equation 5). Below 0
    they agree less than by chance.

    Args:
        a, b: the group of each thing as a whole number, (n,) each; n at least 1.
    """
    groups = [every.cpu().unique(return_inverse=True)[1] for every in (a, b)]
    sizes = [int(group.max()) + 1 for group in groups]
    table = torch.zeros(sizes, dtype=torch.float64, device="cpu")
    table.index_put_(tuple(groups), torch.ones_like(table.view(-1)[0]), accumulate=True)
    both, first, second, pairs = (
        (counts * (counts - 1) / 2).sum().item()
        for counts in (table, table.sum(1), table.sum(0), table.sum())
    )
    by_chance = first * second / max(pairs, 1)
    most = (first + second) / 2
    # Equal only if both put everything together, or both everything apart.
    return 1.0 if most == by_chance else (both - by_chance) / (most - by_chance)


def knn_accuracy(points: Tensor, labels: Tensor, most: int = NEIGHBOURS) -> Tensor:
    """How often the k nearest other points tell a point's label, for k = 1, 2, … at once.

    The commonest label among the k counts, of equally common ones the smallest (Cover and Hart
    1967, "Nearest neighbor pattern classification", doi:10.1109/TIT.1967.1053964). A point is none
    of its own neighbours: this is leave-one-out, and needs no other points to learn from.

    Args:
        points: (n, d).
        labels: (n,), whole numbers from 0.
        most: neighbours asked at most.
    Returns:
        Shares of the points, (min(most, n − 1),): for k = 1 first.
    """
    n, labels = len(points), labels.cpu()
    nearest = _neighbours(points, points, min(most, n - 1) + 1)
    index = torch.arange(n, device="cpu")
    own = nearest == index[:, None]
    own[~own.any(1), -1] = True  # so many points are in one place that it is not among them
    votes = torch.zeros(n, int(labels.max()) + 1, dtype=torch.int32, device="cpu")
    shares = torch.zeros(nearest.shape[1] - 1, dtype=torch.float64, device="cpu")
    for k, place in enumerate(nearest[~own].view(n, -1).T):
        votes[index, labels[place]] += 1
        shares[k] = (votes.argmax(1) == labels).double().mean()
    return shares


def knn_regions(points: Tensor, labels: Tensor, places: Tensor, k: int) -> Tensor:
    """The label that most of the k nearest points have, anywhere: see `knn_accuracy`.

    Args:
        points, labels: (n, d) and (n,).
        places: where, (m, d).
        k: neighbours asked; all, if there are fewer.
    Returns:
        (m,), of the labels.
    """
    return labels.cpu()[_neighbours(points, places, min(k, len(points)))].mode(1).values


def _neighbours(points: Tensor, places: Tensor, k: int) -> Tensor:  # (m, k), the nearest first
    from scipy.spatial import KDTree

    ranks: Sequence[int] = range(1, k + 1)  # else scipy leaves out an axis for a single one
    tree = KDTree(points.cpu().double().numpy())
    return torch.from_numpy(tree.query(places.cpu().double().numpy(), ranks)[1])


def pca(images: Tensor, components: int = 2) -> Tensor:
    """Images as their coordinates along the directions in which they vary most.

    The directions are the first eigenvectors of the images' own covariance (Pearson 1901, "On lines
    and planes of closest fit", doi:10.1080/14786440109462720): of all linear codes with so many
    numbers, the one from which the images are restored with the least squared error.

    Args:
        images: (n, C, H, W).
        components: how many.
    Returns:
        (n, components), the direction of largest variance first. The sign is the one that makes
        the largest weight of a direction positive.
    """
    away = images.flatten(1) - images.flatten(1).mean(0)
    exact = away.cpu().double()
    if not exact.any():  # all are the same
        return away[:, :components]
    _, axes = principal_axes(lambda v: exact.T @ (exact @ v), away.shape[1], components)
    largest = axes.gather(0, axes.abs().argmax(0, keepdim=True))
    along: Tensor = away @ (axes * largest.sign()).to(away)
    return along


def principal_axes(
    covariance: Callable[[Tensor], Tensor], size: int, components: int
) -> tuple[Tensor, Tensor]:
    """The largest eigenvalues of a covariance matrix and their vectors, (k,) and (size, k) float64.

    By Lanczos' method in ARPACK (Lehoucq, Sorensen and Yang 1998, "ARPACK users' guide"), which
    only multiplies by the matrix: that of large pictures would not fit into memory.

    Args:
        covariance: the matrix times a vector, (size,) -> (size,) float64 on the CPU; not zero.
        size: of the matrix.
        components: k, below the size. The largest is the first.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    def multiply(v: NDArray[np.float64]) -> NDArray[np.float64]:
        product: NDArray[np.float64] = covariance(torch.from_numpy(v.ravel())).numpy()
        return product

    operator = LinearOperator((size, size), multiply, dtype=np.float64)
    values, vectors = eigsh(operator, components, v0=np.ones(size))
    return torch.from_numpy(values[::-1].copy()), torch.from_numpy(vectors[:, ::-1].copy())
