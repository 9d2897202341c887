"""A zip archive with one file of weights in it."""

from cells.weights.contents import Contents, File, WeightsError
from cells.weights.formats import hdf5, keras, safetensors, torch
from cells.weights.zips import Archive, listing

LABEL = "a zip archive with one of these in it"
ORDER = 95
INSIDE = (torch, keras, safetensors, hdf5)


def recognises(file: File) -> bool:
    """By its first bytes."""
    return bool(listing(file.data)) or file.data.startswith(b"PK")


def contents(file: File) -> Contents:
    """Of the first member that is a file of weights."""
    archive = Archive(file.data)
    for name in archive.names:
        if name.lower().endswith((".keras", ".h5", ".hdf5", ".safetensors", ".pt", ".pth")):
            inner = File(name.split("/")[-1], archive.read(name), file.beside)
            module = next((module for module in INSIDE if module.recognises(inner)), None)
            if module is not None:
                found = module.contents(inner)
                found.remarks.append(f"It was taken out of a zip archive, where it is called {name!r}.")
                return found
    raise WeightsError(f"file: expected a zip archive with a file of weights in it; it holds {archive.names[:3]}.")
