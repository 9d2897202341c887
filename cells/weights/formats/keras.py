"""Keras 3: a zip of a configuration and an HDF5 file of weights, the arrays of a layer named 0, 1, 2."""

from cells.weights.contents import Contents, File, WeightsError
from cells.weights.formats.hdf5 import of_hdf5
from cells.weights.keras_config import parsed
from cells.weights.zips import Archive, listing

LABEL = "Keras 3 (.keras)"
ORDER = 15
WEIGHTS = "model.weights.h5"


def recognises(file: File) -> bool:
    """By its members."""
    names = listing(file.data)
    return "config.json" in names and any(name.startswith("model.weights") for name in names)


def contents(file: File) -> Contents:
    """Of the weights, with what the configuration says of them."""
    archive = Archive(file.data)
    if WEIGHTS not in archive.names:
        raise WeightsError(f"file: expected {WEIGHTS} in it; its weights are kept in another way.")
    config = archive.read("config.json").decode("utf-8", "replace")
    about = archive.read("metadata.json").decode("utf-8", "replace") if "metadata.json" in archive.names else "{}"
    about = parsed(about)
    version = str(about.get("keras_version", "")) if isinstance(about, dict) else ""
    return of_hdf5(archive.read(WEIGHTS), "Keras 3", config, version or "3")
