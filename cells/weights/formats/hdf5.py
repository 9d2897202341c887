"""HDF5 as Keras writes it: weights alone or a whole model. Only what lies in the file itself is followed."""

import io
from typing import Any

import numpy as np

from cells.weights.contents import MAX_ARRAYS, Budget, Contents, File, Stored, WeightsError, shown
from cells.weights.keras_config import configured

LABEL = "Keras HDF5 (.h5, .hdf5)"
ORDER = 40
MAGIC = b"\x89HDF\r\n\x1a\n"
MAX_DEPTH = 40
BROKEN = (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError, SystemError)
"""What h5py raises of a broken file, one time or another."""


def recognises(file: File) -> bool:
    """By its first bytes."""
    return file.data.startswith(MAGIC)


def contents(file: File) -> Contents:
    """Of a whole file."""
    return of_hdf5(file.data, "Keras HDF5")


def of_hdf5(data: bytes, label: str, config: str | None = None, version: str = "") -> Contents:
    """Arrays and configuration of an HDF5 file.

    Args:
        data: the file.
        label: what it is called.
        config: the model's configuration as JSON, where it stands elsewhere.
        version: of Keras, likewise.
    """
    import h5py

    found = Contents(label)
    try:
        root = h5py.File(io.BytesIO(data), "r")
        _walk(h5py, root, found, Budget(len(data)))
        top = root["model_weights"] if "model_weights" in found.facts.pop("groups") else root
        version = version or _text(top.attrs.get("keras_version", root.attrs.get("keras_version", "")))
        config = config if config is not None else _text(root.attrs.get("model_config", ""))
        order = [_text(name) for name in np.ravel(top.attrs.get("layer_names", []))]
    except BROKEN as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"file: expected a whole HDF5 file; it is broken: {shown(error)}.") from None
    found.facts["keras"] = configured(config, version, order, found.remarks)
    return found


def _walk(h5py: Any, root: Any, found: Contents, budget: Budget) -> None:
    """Datasets by their path. Links that lead out of the file, or to what is found elsewhere, are told of."""
    groups, seen = set(), set()
    waiting = [("", root, 0)]
    while waiting:
        path, group, depth = waiting.pop()
        following = []
        for name in group:
            inner = f"{path}/{name}" if path else name
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                kind = "another file" if isinstance(link, h5py.ExternalLink) else "another place"
                found.remarks.append(f"{shown(inner)} is a link to {kind}, which was not followed.")
                continue
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen or depth > MAX_DEPTH:
                continue
            seen.add(address)
            if len(seen) > 2 * MAX_ARRAYS:
                raise WeightsError(f"file: expected at most {2 * MAX_ARRAYS} groups and arrays; it has more.")
            if isinstance(item, h5py.Group):
                groups.add(inner)
                following.append((inner, item, depth + 1))
            elif isinstance(item, h5py.Dataset):
                _keep(inner, item, found, budget)
        waiting += reversed(following)
    found.facts["groups"] = groups


def _keep(path: str, dataset: Any, found: Contents, budget: Budget) -> None:
    if dataset.external or dataset.is_virtual:
        found.remarks.append(f"{shown(path)} lies in another file, which was not opened.")
        return
    if dataset.shape is None:
        return

    def load() -> np.ndarray:
        budget.take(dataset.nbytes, path)
        try:
            return dataset[()]
        except BROKEN as error:
            raise WeightsError(f"file: expected a whole HDF5 file; {shown(path)} is broken: {shown(error)}.") from None

    found.arrays[path] = Stored(tuple(dataset.shape), dataset.dtype.newbyteorder("=").name, load)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
