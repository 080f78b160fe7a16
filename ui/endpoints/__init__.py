"""What the named endpoints compute.

They need torch, so nothing here is imported before an endpoint is asked.
"""

from ui.checks import InputError
from ui.endpoints.codes import Lab
from vae_core import ModelError, PictureError
from vae_core.datasets import DatasetError

EXPECTED_ERRORS = (InputError, ModelError, PictureError, DatasetError)

__all__ = ["EXPECTED_ERRORS", "Lab"]
