"""Paths between codes, and the shape that the decoder gives the plane.

    G(z) = J(z)ᵀ J(z)              `metric`: J is the derivative of the decoded picture at z
    log √det G(z)                  `area_factor`
    L = ∫ √(ż(t)ᵀ G ż(t)) dt       `measure`: how far the picture moves along a path
    the path of least L            `Plane.geodesic`

The decoder lays the plane out as a surface among all pictures, whose distances G pulls back to
the plane: a step dz changes the picture by √(dzᵀ G dz). A straight line on the plane is not a
straight way over that surface; a geodesic is. Arvanitidis, Hansen and Hauberg 2018
(arXiv:1710.11379, section 3, there with a term for the decoder's variance, which is constant here
and adds nothing) and Chen, Klushyn, Kurle, Jiang, Bayer and van der Smagt 2018 (arXiv:1711.01204,
section 2).

A picture is its mean E[x|z], and the distance of two is Euclidean: √Σ (difference of a pixel)²
over all pixels and channels. One is what a single pixel changes from black to white. Codes are on
the model's device.

Where no data are, the decoder was never trained: its pictures change little there, and geodesics
are drawn to such land. `Plane(..., data=q)` keeps them out of it: `vae_core.rarity` is then one
more coordinate of each picture.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.model import LATENT_DIM, VAE, Posterior
from vae_core.paths import Floats, evenly, finer
from vae_core.rarity import Rarity

if TYPE_CHECKING:  # late, because it takes longer to import than most need it
    from scipy.sparse import csr_array

CODES = 256  # codes whose Jacobians are held at a time
# To a cell's neighbours and a knight's move away, each direction once.
MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))
POINTS = 96  # of the curve that is refined
ITERATIONS = 8
SETTLED = 3e-4  # relative fall of the energy in an iteration that is the last
NUDGE = 5e-4  # of the plane: derivatives within `_pushed` are differences
REACH = 0.1  # of the plane: what a point moves in an iteration, at most
RARE = 6.0  # pixels from black to white that a nat of rarity is as far as
LEAST_SAVING = 1e-3  # a geodesic is shorter than the straight line by this share, or is that line


def straight_path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Evenly spaced codes on the straight line, both ends included.

    Args:
        start, end: one code each, (2,).
        steps: how many codes, at least 2.
    Returns:
        (steps, 2), in order from start to end.
    Raises:
        ValueError: fewer than 2 steps.
    """
    if steps < 2:
        raise ValueError(f"a path has at least 2 steps, not {steps}")
    share = torch.linspace(0, 1, steps, dtype=start.dtype, device=start.device)
    return torch.lerp(start, end, share.unsqueeze(1))


def metric(model: VAE, codes: Tensor, label: int | None = None) -> Tensor:
    """The pull-back metric G = JᵀJ at each code, (n, 2, 2), symmetric.

    J(z) is the derivative of the decoded mean picture, (C·H·W, 2). For a small step dz on the
    plane, dzᵀ G dz is the squared distance by which the picture moves: squared pixel values for
    each squared unit of the plane. Arvanitidis et al. 2018 (arXiv:1710.11379), section 3.

        z, dz = torch.zeros(1, 2), torch.tensor([0.001, 0.0])
        g = metric(model, z)[0]
        (dz @ g @ dz).sqrt()                                    # how far the picture moves
        (model.decode(z + dz) - model.decode(z)).norm()         # nearly the same
        torch.linalg.eigh(g)                                    # where it moves least and most

    Args:
        codes: (n, 2).
        label: index of the class, for a conditional model. Others ignore it.
    Raises:
        ValueError: another shape; no label for a conditional model, or not the index of a class.
    """
    label = _checked_label(model, label)
    parts = [_jacobian(model, some, label) for some in codes.split(CODES)]
    return torch.cat([jacobian.mT @ jacobian for jacobian in parts])


def area_factor(model: VAE, codes: Tensor, label: int | None = None) -> Tensor:
    """log √det G at each code, (n,): how much more area pictures have there than the plane.

    The magnification factor (Bishop, Svensén and Williams 1997, "Magnification factors for the GTM
    algorithm"; for VAEs Chen et al. 2018, arXiv:1711.01204): an area dA of the plane becomes
    √det(JᵀJ) dA of the surface of pictures. High where a small step changes the picture most, as
    between two clusters; low where all pictures are alike. A difference of log 2 = 0.69 is twice
    the area; -inf is a picture that does not change in some direction.

        axis = torch.linspace(-4, 4, 100)
        layer = area_factor(model, torch.cartesian_prod(axis, axis)).view(100, 100)
        layer.max() - layer.min()                               # nats

    Args:
        codes: (n, 2).
        label: index of the class, for a conditional model. Others ignore it.
    Raises:
        ValueError: another shape; no label for a conditional model, or not the index of a class.
    """
    label = _checked_label(model, label)
    logs = []
    for some in codes.split(CODES):
        # √det JᵀJ is the product of J's singular values: the determinant itself would cancel.
        # On the CPU, where many small matrices are quick, and which every machine has.
        singular = torch.linalg.svdvals(_jacobian(model, some, label).cpu())
        logs.append(singular.log().sum(1).to(codes))
    return torch.cat(logs)


class Measured(NamedTuple):
    """What a path is in picture space."""

    length: float  # of the curve: how far the picture moves in all
    largest_step: float  # the largest distance between the pictures of a code and of the next


@torch.no_grad()
def measure(model: VAE, codes: Tensor, label: int | None = None) -> Measured:
    """Length in picture space of the path through some codes, and its largest single step.

    The length L = ∫ √(ż(t)ᵀ G ż(t)) dt (Chen et al. 2018, arXiv:1711.01204, section 2) is that of
    the curve, straight on the plane from code to code, however few codes are given: it is summed
    over distances of pictures whose codes are at most 0.02 apart. That is too short by 0.2 % on
    `mnist-vae`. The largest step is between the codes themselves, as they are shown.

        path = straight_path(torch.tensor([-2.0, 0.0]), torch.tensor([2.0, 1.0]), 10)
        measure(model, path).length                 # the same for 10 steps and for 20
        measure(model, path).largest_step           # smaller for 20; at least length / 9 for even

    Args:
        codes: (n, 2), at least 2, in order.
        label: index of the class, for a conditional model. Others ignore it.
    Raises:
        ValueError: another shape or fewer codes; no label for a conditional model, or one that is
            not the index of a class.
    """
    if codes.ndim != 2 or codes.shape[1] != LATENT_DIM or len(codes) < 2:
        raise ValueError(f"a path has shape {tuple(codes.shape)}: expected (at least 2, 2)")
    label = _checked_label(model, label)
    shown = _pictures(model, codes, label)
    lengths = _pictures(model, finer(codes), label).diff(dim=0).norm(dim=1)
    return Measured(lengths.sum().item(), shown.diff(dim=0).norm(dim=1).max().item())


class Geodesic(NamedTuple):
    """What `Plane.geodesic` returns. Lengths are as in `measure`; with `data`, climbs count too."""

    codes: Tensor  # (steps, 2), both ends included, each as far from the next along the curve
    length: float  # of the curve
    straight_length: float  # of the straight line: never less
    largest_step: float  # the largest distance between the pictures of a code and of the next


class Plane:
    """The plane with the distances that a decoder gives it, on a grid: ask it for geodesics.

    The grid joins each code with its eight neighbours and the eight a knight's move away, by the
    distance of their pictures. It finds its way around what a curve that is pulled tight could not
    pass, and takes some seconds to prepare: keep it for as long as the model is in use.

        plane = Plane(vae_core.load("mnist-vae"))                       # decodes for some seconds
        path = plane.geodesic(torch.tensor([-2.0, 0.5]), torch.tensor([1.0, -1.0]), steps=10)
        path.length, path.straight_length                               # pixels from black to white
        model.decode(path.codes)                                        # ten pictures, evenly far

    Args:
        model: it is not changed, and must not change while the plane is in use.
        label: index of the class, for a conditional model. Others ignore it.
        data: q(z|x) of many images, of the class if the model is told it: paths stay near them.
            The metric becomes G + λ² ∇r ∇rᵀ with the rarity r(z) = -log(q(z) + ε) of a code in
            nats and λ = 3 pixels a nat. It has the form of the expected metric of an uncertain
            decoder, JᵀJ of its mean and of its deviation, whose deviation grows where no data are
            (Arvanitidis et al. 2018, arXiv:1710.11379, equation 9; Hauberg 2018,
            arXiv:1806.04994, section 5). Without it paths lead through empty land where that is
            shorter.
        side: codes along each latent axis.
        limit: they cover [-limit, limit]², which paths leave only for ends that lie outside. Far
            out a decoder shows nearly the same everywhere: some paths run along the border.
    Raises:
        ValueError: a side below 3 or a limit that is not positive; no label for a conditional
            model, or one that is not the index of a class.
    """

    def __init__(
        self,
        model: VAE,
        label: int | None = None,
        side: int = 160,
        limit: float = 4.2,
        data: Posterior | None = None,
    ) -> None:
        if side < 3 or not 0 < limit < np.inf:
            raise ValueError(f"side {side}, limit {limit}: expected at least 3, and above 0")
        self.model, self._label = model, _checked_label(model, label)
        self._rarity = None if data is None else Rarity(data)
        axis = torch.linspace(-limit, limit, side, device=next(model.parameters()).device)
        self.side, self.limit = side, float(limit)
        self._codes: Floats = torch.cartesian_prod(axis, axis).cpu().double().numpy()
        self._graph = self._joined(axis)

    @torch.no_grad()
    def geodesic(self, start: Tensor, end: Tensor, steps: int) -> Geodesic:
        """The shortest path between two codes in picture space, at equal steps of length.

        First the shortest path on the grid (Dijkstra 1959, doi:10.1007/BF01386390). Then 96 points
        on it, ends fixed, are moved to where the discrete energy Σ |f(z_k+1) - f(z_k)|² is least
        (f: the decoded picture): of all curves those of least energy are geodesics, run through at
        constant speed (Chen et al. 2018, arXiv:1711.01204; Arvanitidis et al. 2018,
        arXiv:1710.11379). Each iteration is a damped Gauss-Newton step (Levenberg 1944,
        doi:10.1090/qam/10666). The path is a local minimum, and nearly always the global one; where
        it is not 0.1 % shorter than the straight line and the grid's path, the answer is that one.

            path = plane.geodesic(a, b, steps=10)
            1 - path.length / path.straight_length                  # the share of the way saved
            measure(model, straight_path(a, b, 10)).largest_step    # to compare: the straight one

        Args:
            start, end: one code each, (2,).
            steps: how many codes, at least 2.
        Raises:
            ValueError: fewer than 2 steps, or another shape.
        """
        if start.shape != (LATENT_DIM,) or end.shape != (LATENT_DIM,):
            shapes = f"{tuple(start.shape)} and {tuple(end.shape)}"
            raise ValueError(f"ends have shapes {shapes}: expected (2,) each")
        rough = self._rough(start, end)
        # Tightening looks at POINTS codes, between which a rugged surface can make the way longer.
        paths = [straight_path(start, end, steps), self._tightened(rough), rough]
        fine = [finer(path) for path in paths]
        pieces = [self._lengths(path) for path in fine]
        length = straight_length = pieces[0].sum().item()
        best = 0
        for k in (1, 2):
            if pieces[k].sum().item() < (1 - LEAST_SAVING) * length:
                length, best = pieces[k].sum().item(), k
        along = pieces[best].cpu().double().numpy()
        codes = evenly(fine[best].cpu().double().numpy(), along, steps).to(start)
        codes[0], codes[-1] = start, end
        largest = _pictures(self.model, codes, self._label).diff(dim=0).norm(dim=1).max()
        return Geodesic(codes, length, straight_length, largest.item())

    @torch.no_grad()
    def _joined(self, axis: Tensor) -> "csr_array":
        """Distances between the grid's codes and those a move away, both ways."""
        from scipy.sparse import csr_array

        side, at = self.side, 0
        index = np.arange(side * side).reshape(side, side)
        count = sum((side - down) * (side - abs(right)) for down, right in MOVES)
        # Made once: small arrays between the pictures would keep their memory from being reused.
        tail, head, cost = (np.empty(count, kind) for kind in (index.dtype, index.dtype, float))
        rows: list[Tensor] = []  # the pictures of this row of codes and of two before
        for i in range(side):
            codes = torch.stack([axis[i].expand(side), axis], 1)
            rows = [*rows[-2:], self._places(codes)]
            for down, right in MOVES:
                if down > i:
                    continue
                before = slice(max(0, -right), side - max(0, right))
                now = slice(max(0, right), side + min(0, right))
                gap = (rows[-1][now] - rows[-1 - down][before]).norm(dim=1)
                part = slice(at, at + len(gap))
                cost[part] = gap.cpu()
                tail[part], head[part] = index[i - down, before], index[i, now]
                at = part.stop
        ends, others = np.concatenate([tail, head]), np.concatenate([head, tail])
        return csr_array((np.concatenate([cost, cost]), (ends, others)), shape=(side**2, side**2))

    def _rough(self, start: Tensor, end: Tensor) -> Tensor:
        """The grid's shortest path between the codes next to both ends, (POINTS, 2)."""
        from scipy.sparse.csgraph import dijkstra

        ends = torch.stack([start, end]).cpu().double().numpy()
        places = np.rint((ends + self.limit) / (2 * self.limit) * (self.side - 1))
        first, last = places.clip(0, self.side - 1).astype(int) @ [self.side, 1]
        far, before = dijkstra(self._graph, indices=first, return_predecessors=True)
        path = [last]
        while path[-1] != first:
            path.append(before[path[-1]])
        inner = path[-2:0:-1]
        if not inner:
            return straight_path(start, end, POINTS)
        codes = np.concatenate([ends[:1], self._codes[inner], ends[1:]])
        return evenly(codes, np.diff(far[[first, *inner, last]]), POINTS).to(start)

    def _tightened(self, curve: Tensor) -> Tensor:
        """Move the inner points to where the energy is least, (n, 2) -> (n, 2)."""
        inner = torch.arange(len(curve) - 2, device="cpu")
        ends = torch.stack([curve[0], curve[-1]])
        low, high = ends.amin(0).clamp(max=-self.limit), ends.amax(0).clamp(min=self.limit)
        pictures, pushes = self._pushed(curve)
        gaps = pictures.diff(dim=0)
        energy, damping = gaps.square().sum().item(), 1e-3
        for _ in range(ITERATIONS):
            # The gap from point k to k + 1 is J_k+1 dz_k+1 - J_k dz_k longer after a move dz.
            own = (2 * pushes[1:-1].mT @ pushes[1:-1]).cpu().double()
            next_ = (-pushes[1:-2].mT @ pushes[2:-1]).cpu().double()
            normal = own.new_zeros(len(inner), 2, len(inner), 2)
            normal[inner, :, inner] = own
            normal[inner[:-1], :, inner[1:]] = next_
            normal[inner[1:], :, inner[:-1]] = next_.mT
            normal = normal.view(2 * len(inner), -1)
            slope = pushes[1:-1].mT @ (gaps[:-1] - gaps[1:]).unsqueeze(2)
            slope = slope.cpu().double().flatten()
            normal += torch.diag(damping * normal.diagonal() + 1e-12)
            move = -torch.linalg.solve(normal, slope).view(-1, LATENT_DIM).to(curve)
            move /= (move.norm(dim=1, keepdim=True) / REACH).clamp(min=1)
            tried = curve.clone()
            tried[1:-1] = (curve[1:-1] + move).clamp(low, high)
            pictures, tried_pushes = self._pushed(tried)
            tried_gaps = pictures.diff(dim=0)
            tried_energy = tried_gaps.square().sum().item()
            if tried_energy > energy:
                damping = max(10 * damping, 1e-2)
                continue
            settled = tried_energy > (1 - SETTLED) * energy
            curve, pushes, gaps, energy = tried, tried_pushes, tried_gaps, tried_energy
            damping /= 5
            if settled:
                break
        return curve

    def _places(self, codes: Tensor) -> Tensor:
        """Where codes are on the surface: their pictures (n, D), and how rare they are."""
        pictures = _pictures(self.model, codes, self._label)
        if self._rarity is None:
            return pictures
        return torch.cat([pictures, RARE * self._rarity(codes).unsqueeze(1).to(pictures)], 1)

    def _lengths(self, codes: Tensor) -> Tensor:  # (n, 2) -> (n - 1,)
        lengths: Tensor = self._places(codes).diff(dim=0).norm(dim=1)
        return lengths

    def _pushed(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (n, D) and their derivatives (n, D, 2), a quarter of the time of exact ones."""
        nudges = NUDGE * torch.eye(LATENT_DIM, device=codes.device).unsqueeze(1)
        z = torch.cat([codes.unsqueeze(0), codes + nudges])
        pictures = self._places(z.flatten(0, 1)).view(3, len(codes), -1)
        return pictures[0], ((pictures[1:] - pictures[0]) / NUDGE).permute(1, 2, 0)


def geodesic(
    model: VAE, start: Tensor, end: Tensor, steps: int, label: int | None = None
) -> Geodesic:
    """The shortest path between two codes in picture space: `Plane.geodesic` for one path only.

        path = geodesic(model, torch.tensor([-2.0, 0.5]), torch.tensor([1.0, -1.0]), steps=10)

    Args:
        start, end: one code each, (2,).
        steps: how many codes, at least 2.
        label: index of the class, for a conditional model. Others ignore it.
    Raises:
        ValueError: see `Plane` and `Plane.geodesic`.
    """
    return Plane(model, label).geodesic(start, end, steps)


def _checked_label(model: VAE, label: int | None) -> int | None:
    classes = len(model.config.classes)
    if not model.config.conditional:
        return None
    if label is None or not 0 <= label < classes:
        raise ValueError(f"label {label}: this model is conditional, expected 0 to {classes - 1}")
    return label


def _pictures(model: VAE, codes: Tensor, label: int | None) -> Tensor:  # (n, 2) -> (n, D)
    labels = None if label is None else torch.full((len(codes),), label, device=codes.device)
    return model.decode(codes, labels).flatten(1)


def _jacobian(model: VAE, codes: Tensor, label: int | None) -> Tensor:
    """Derivative of each picture by its own code, (n, 2) -> (n, D, 2).

    Forward mode by two backward ones: Jᵀu is linear in u, and its derivative by u is J.
    """
    with torch.enable_grad():
        codes = codes.detach().clone().requires_grad_()
        pictures = _pictures(model, codes, label)
        u = torch.zeros_like(pictures, requires_grad=True)
        (pulled,) = torch.autograd.grad(pictures, codes, u, create_graph=True)
        columns = [
            torch.autograd.grad(pulled[:, k].sum(), u, retain_graph=True)[0]
            for k in range(LATENT_DIM)
        ]
    return torch.stack(columns, 2)
