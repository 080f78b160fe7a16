"""Variational autoencoders with a two-dimensional code: encode, decode, measure.

    import vae_core
    model = vae_core.load("mnist-vae")
    x = vae_core.images.prepare("digit.png", model.config)   # (1, 1, 28, 28) in [0, 1]
    q = model.encode(x)                                      # q.mean, q.logvar: (1, 2)
    picture = vae_core.images.to_pil(model.decode(q.mean))

Start reading at `vae_core.model`.
"""

from vae_core import exact, features, generate, geometry, images
from vae_core.images import PictureError
from vae_core.model import ELBO, LATENT_DIM, VAE, Posterior, VAEConfig
from vae_core.pretrained import (
    Encodings,
    ModelError,
    list_models,
    load,
    load_encodings,
    save,
    save_encodings,
)

__version__ = "0.1.0"  # the package's: pyproject.toml reads it from here

__all__ = [
    "ELBO",
    "LATENT_DIM",
    "VAE",
    "Encodings",
    "ModelError",
    "PictureError",
    "Posterior",
    "VAEConfig",
    "__version__",
    "exact",
    "features",
    "generate",
    "geometry",
    "images",
    "list_models",
    "load",
    "load_encodings",
    "save",
    "save_encodings",
]
