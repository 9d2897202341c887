"""Hostile and broken files: nothing runs, no file appears, memory stays bounded, and one sentence names the fault."""

import ast
import contextlib
import io
import os
import pickle
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from safetensors.numpy import save

from cells.weights import WeightsError, read
from cells.weights.formats import torch
from tests.cells.weights.loops import FILES, torch_arrays

ROOT = Path(__file__).parents[3]


class Runs:
    """What a pickle of it would do, unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder / "it_ran"),)


def refused(file, name="model"):
    with pytest.raises(WeightsError) as caught:
        read(file, name)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert sentence.startswith("file: expected")
    return sentence


def zipped(members, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize("protocol", [0, 1, 2, 5])
@pytest.mark.parametrize("kind", ["pkl", "zip", "legacy"])
def test_a_pickle_that_runs_code_is_refused_by_what_it_would_run(protocol, kind, tmp_path):
    payload = pickle.dumps({"weight_ih_l0": Runs(tmp_path)}, protocol)
    number = pickle.dumps(1001, 2)
    file = {
        "pkl": payload,
        "zip": zipped({"archive/data.pkl": payload, "archive/version": "3"}),
        "legacy": torch.MAGIC + number + pickle.dumps({}, 2) + payload,
    }[kind]
    sentence = refused(file, "model.pkl" if kind == "pkl" else "model.pt")
    assert "asks to call 'posix.mkdir'. It was not called" in sentence
    assert list(tmp_path.iterdir()) == []


def test_objects_in_an_array_are_not_unpickled(tmp_path):
    array = np.array([Runs(tmp_path)], dtype=object)
    for file in (npy(array), zipped({"weight_ih_l0.npy": npy(array)})):
        assert "holds pickled objects, which were not unpickled" in refused(file)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
        (b"(S'1'\nios\nsystem\n.", "os.system"),
        (b"(cos\nsystem\nS'1'\no.", "os.system"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x011\x85R.", "os.system"),
        (b"\x80\x02ctorch._utils\n_rebuild_from_type_v2\n.", None),
        (b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n(cos\nsystem\ncos\nsystem\n(S'1'\ntNtR.", "os.system"),
        (b"\x80\x02c__main__\nsecret\n(K\x01tR.", "__main__.secret"),
        (b"\x80\x02cnumpy\nload\n(S'x'\ntR.", "numpy.load"),
        (b"\x80\x02K\x01K\x02R.", "calls something else"),
        (b"\x80\x02]q\x00r\xff\xff\xff\x7f.", None),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\x80\x02", "broken"),
        (b"\x80\x02K\x01", "broken"),
        (b"\x80\x02.", "broken"),
        (b"\x80\x02tttt.", "broken"),
        (b"\x80\x02\x8e\xff\xff\xff\xff\xff\xff\xff\x00a.", "broken"),
    ],
)
def test_every_way_of_calling_something_is_refused(code, says):
    if says is None:  # names are only names, and large places in the memo cost nothing
        assert len(read(code, "m.pkl")) == 0
    else:
        assert says in refused(code, "m.pkl")


def test_a_pickle_that_goes_on_and_on_is_stopped(monkeypatch):
    monkeypatch.setattr("cells.weights.pickles.MAX_OPERATIONS", 1000)
    assert "at most 1000 operations" in refused(b"\x80\x02" + b"]" * 1100 + b".", "m.pkl")


def test_a_pickle_that_holds_itself_ends():
    held = []
    held += [held, np.ones(3)]
    assert len(read(pickle.dumps({"a": held}), "m.pkl").others) == 1


def test_a_tensor_beyond_its_storage_is_refused():
    def pickled(size, stride, offset):
        storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x08tQ"
        numbers = b"".join(b"J" + struct.pack("<i", value) for value in (offset,))
        sizes = b"(" + b"".join(b"J" + struct.pack("<i", value) for value in size) + b"t"
        strides = b"(" + b"".join(b"J" + struct.pack("<i", value) for value in stride) + b"t"
        tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + numbers + sizes + strides + b"\x89}tR"
        return zipped({"a/data.pkl": b"\x80\x02}X\x01\x00\x00\x00w" + tensor + b"s.", "a/data/0": bytes(32)})

    assert read(pickled((2, 4), (4, 1), 0), "m.pt").others[0].shape == (2, 4)
    for wrong in (((2, 4), (4, 1), 1), ((2, 4), (4, -1), 0), ((2, 4), (4, 1), -1), ((9000, 9000), (0, 0), 0)):
        assert "expected a tensor" in refused(pickled(*wrong), "m.pt")


def test_files_cut_short_say_so():
    arrays = save(torch_arrays("", 4, 3, 2))
    assert "its header has" in refused(arrays[:100], "m.safetensors")
    assert "is broken" in refused(arrays[:-4], "m.safetensors")
    assert "cut short" in refused(zipped({"a.npy": npy(np.ones(9))})[:-30])
    for name in ("state_dict.pt", "model.keras", "model.h5"):
        data = (FILES / name).read_bytes()
        refused(data[: len(data) // 2], name)
    data = (FILES / "older.pt").read_bytes()
    assert "cut short" in read(data[:-400], "m.pt").refused[-1]
    assert "broken" in refused(data[:800], "m.pt")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "an empty one"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n", "a pointer of Git LFS"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG picture"),
        (b"<!DOCTYPE html><html>", "the download failed"),
        (b"\x1f\x8b\x08" + bytes(20), "a gzip archive"),
        (b"#dynet# 1", "DyNet"),
        (b"plain words", "safetensors"),
        (bytes(64), "safetensors"),
        (b"PK\x03\x04" + bytes(40), "broken"),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), "broken"),
        (b"\x93NUMPY\x01\x00\xff\xff{", "broken"),
        (b"\x81\xa1a\xc7\xff", "broken"),
        (b"\x08\x07\x12\xff\xff\xff", "ONNX"),
    ],
)
def test_what_is_no_file_of_weights_is_called_what_it_is(data, says):
    assert says in refused(data, "model.safetensors" if b"git-lfs" in data else "")


def test_a_file_that_says_more_than_it_has_is_refused_before_it_is_believed():
    header = io.BytesIO()
    said = {"descr": "<f4", "fortran_order": False, "shape": (12, 2**40)}
    np.lib.format.write_array_header_1_0(header, said)
    arrays = {f"{name}.npy": npy(array) for name, array in torch_arrays("", 4, 3, 2).items()}
    found = read(zipped(arrays | {"weight_ih_l0.npy": header.getvalue()}))
    assert "cut short" in found.refused[0]


def test_a_zip_that_unpacks_to_much_more_is_refused():
    huge = torch_arrays("", 4, 3, 2) | {"weight_ih_l0": np.zeros((12, 400_000), "f4")}
    file = zipped({f"{name}.npy": npy(array) for name, array in huge.items()}, zipfile.ZIP_DEFLATED)
    assert len(file) < 30_000
    assert "more than a file of this size may" in read(file).refused[0]


def test_chunks_of_hdf5_that_unpack_to_much_more_are_refused():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("a/kernel", (400_000, 12), "f4", compression="gzip", fillvalue=0)
        file["a/recurrent_kernel"] = np.zeros((3, 12), "f4")
    assert "more than a file of this size may" in read(stream.getvalue()).refused[0]


def test_many_layers_made_of_one_array_take_no_more_than_the_file_may():
    one = torch_arrays("", 4, 64, 64)["weight_ih_l0"]
    names = {f"l{k}.{name}": one for k in range(40) for name in ("weight_ih", "weight_hh")}
    found = read(pickle.dumps(names), "m.pkl")
    assert 0 < len(found) < 40
    assert "more than a file of this size may" in found.refused[0]


def test_a_file_of_too_many_arrays_is_refused():
    nothing = np.zeros(0, "f4")
    assert "at most 10000 arrays; it has 10001" in refused(
        pickle.dumps({f"a{k}": nothing for k in range(10_001)}), "m.pkl"
    )


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (b"\xdd\x00\x00\x0f\xff" + (b"\xdc\x0f\xff" + b"\x80" * 4095) * 4095, "m.msgpack"),
        (b"\x08\x07\x3a\xd0\x0f" + b"\x0a\x00" * 1000, "m.onnx"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 10_001, "m.npz"),
        ((5 * 2**20).to_bytes(8, "little") + b"{" + b" " * (5 * 2**20), "m.safetensors"),
    ],
    ids=["msgpack", "onnx", "zip", "safetensors"],
)
def test_a_file_of_very_many_very_small_things_is_refused_before_they_are_made(file, name, monkeypatch):
    monkeypatch.setattr("cells.weights.formats.onnx.MAX_FIELDS", 900)
    tracemalloc.start()
    try:
        assert "at most" in refused(file, name)
        assert tracemalloc.get_traced_memory()[1] < 2 * len(file) + 16 * 2**20
    finally:
        tracemalloc.stop()


def test_too_large_a_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("cells.weights.MAX_BYTES", 1000)
    (tmp_path / "m.safetensors").write_bytes(save(torch_arrays("", 4, 30, 2)))
    with pytest.raises(WeightsError, match="file: expected at most"):
        read(tmp_path / "m.safetensors")
    with pytest.raises(WeightsError, match="file: expected a file; there is none"):
        read(tmp_path / "none.safetensors")


def peak(file, name):
    tracemalloc.start()
    try:
        found = read(file, name)
        return tracemalloc.get_traced_memory()[1], found
    finally:
        tracemalloc.stop()


def test_memory_stays_within_three_times_the_file(tmp_path):
    arrays = torch_arrays("", 4, 256, 512)
    np.savez(tmp_path / "m.npz", **arrays)
    for file, name in (
        (save(arrays), "m.safetensors"),
        ((tmp_path / "m.npz").read_bytes(), "m.npz"),
        (pickle.dumps(arrays), "m.pkl"),
    ):
        read(file, name)  # what is imported does not count
        most, found = peak(file, name)
        assert len(found) == 1
        assert most < 2 * len(file) + 2**20, "besides the file itself"


def test_a_missing_library_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    sentence = refused(save({"a": np.ones(1)}), "m.safetensors")
    assert "`pip install safetensors`, or `pip install unrolled[weights]`" in sentence


def test_no_library_of_a_format_is_imported_before_a_file_asks_for_it():
    libraries = {"h5py", "onnx", "google", "safetensors", "msgpack", "ml_dtypes"}
    for path in (ROOT / "cells").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not libraries & {name.split(".")[0] for name in names}, path


@pytest.mark.parametrize("name", ["state_dict.pt", "older.pt", "model.keras", "model.h5", "torch_outputs.npz"])
def test_a_file_with_a_few_bytes_changed_is_read_or_refused_with_a_sentence(name):
    whole, rng = (FILES / name).read_bytes(), np.random.default_rng(0)
    for _ in range(40):
        data = bytearray(whole)
        at, kind = int(rng.integers(len(data))), int(rng.integers(3))
        data[at : at + kind * int(rng.integers(1, 9))] = rng.bytes(int(rng.integers(1, 5)))
        with contextlib.suppress(WeightsError):  # and nothing else
            for layer in read(bytes(data), name).layers:
                layer.cell(**{subject: fact.choices[0] for subject, fact in layer.asked.items()})
