"""Pictures as another hand would have drawn them: turned, scaled, bent, thicker or thinner.

An encoder meets in use what its training images do not have: other writers, other pens. Under a
decoder that stays as it is the ELBO of such a picture is as well defined as any other's, so the
encoder may learn from as many as one likes (Simard, Steinkraus and Platt 2003,
doi:10.1109/ICDAR.2003.1227801, drew digits anew in this way for a classifier).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# Standard deviations of what happens to a picture.
TURN = 0.075  # radians
SLANT = 0.075
SCALE = 0.05  # of the logarithm, along each axis
SHIFT = 0.035  # in half widths
BEND = 0.03  # in half widths, of 5 x 5 points that are moved; between them the picture follows
PEN = 0.22  # share of the way to the brightest (or, below 0, darkest) of 3 x 3 pixels


def warp(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture changed by chance.

    Args:
        x: pictures, (n, C, H, W) in [0, 1]; what comes in from outside is 0.
        generator: of their device.
    Returns:
        As `x`.
    """
    n, _, height, width = x.shape

    def normal(deviation: float, *shape: int) -> Tensor:
        return deviation * torch.randn(n, *shape, generator=generator, device=x.device)

    turn, slant = normal(TURN), normal(SLANT)
    across, down = normal(SCALE, 2).exp().unbind(1)
    linear = torch.stack([turn.cos(), slant - turn.sin(), turn.sin(), turn.cos()], 1).view(n, 2, 2)
    linear = linear * torch.stack([across, down], 1)[:, :, None]
    affine = torch.cat([linear, normal(SHIFT, 2, 1)], 2)
    places = F.affine_grid(affine, [n, 1, height, width], align_corners=False)
    bend = F.interpolate(normal(BEND, 2, 5, 5), (height, width), mode="bicubic", align_corners=True)
    x = F.grid_sample(x, places + bend.permute(0, 2, 3, 1), align_corners=False)
    pen = normal(PEN, 1, 1, 1).clamp(-1, 1)
    thick, thin = F.max_pool2d(x, 3, 1, 1), -F.max_pool2d(-x, 3, 1, 1)
    return torch.lerp(x, torch.where(pen > 0, thick, thin), pen.abs()).clamp(0, 1)
