"""Pickles, read and never run.

A pickle is a program for a small machine that may call any function of any module. Here the machine is taken apart by
`pickletools` of the standard library and knows how to make containers, arrays of NumPy and tensors of PyTorch. A class
that it does not know becomes a `Thing` with its state; a function that it does not know is not called: the file is
refused by that function's name.
"""

import pickletools
from collections.abc import Callable, Hashable
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from cells.weights.contents import Stored, WeightsError, shown, viewed

MAX_OPERATIONS = 1_000_000
"""Most operations of one pickle; a checkpoint with a vocabulary has a few hundred thousand."""
MAX_DEPTH = 60
"""Deepest nesting that is followed for arrays."""
CONSTANTS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
    "BINUNICODE8", "FLOAT", "BINFLOAT",
}  # fmt: skip
VALUES = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY = {"EMPTY_LIST": list, "EMPTY_SET": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
"""A set is read as a list: nothing here needs one."""


class Name(NamedTuple):
    """A function or class that a pickle names; nothing is imported."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Thing:
    """An object of a class that is not known: its class's name and its state."""

    def __init__(self, made_of: Name):
        self.made_of = made_of
        self.state: dict[Any, Any] = {}


class Persistent(NamedTuple):
    """What a pickle says lies outside of it."""

    id: Any


class Storage(NamedTuple):
    """Numbers in a row, which tensors look into.

    Attributes:
        dtype: name of their type.
        size: how many.
        load: reads them.
    """

    dtype: str
    size: int
    load: Callable[[], np.ndarray]


class _Unfilled:
    """An array of NumPy, or the type of one, whose state has not come yet."""

    def __init__(self, kind: str, text: str = ""):
        self.kind, self.text, self.array = kind, text, None


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_rest: Any) -> Stored:
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if not isinstance(storage, Storage) or len(size) != len(stride) or min((offset, *size, *stride), default=0) < 0:
        raise WeightsError("file: expected a tensor with a storage, a size and a stride; got something else.")
    count = int(np.prod(size, dtype=object))
    last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if count and (last >= storage.size or count > storage.size):
        raise WeightsError(
            f"file: expected a tensor within its storage of {storage.size} numbers; one of shape {size} ends at {last}."
        )

    def load() -> np.ndarray:
        numbers = storage.load()
        if not count:
            return np.zeros(size, numbers.dtype)
        steps = tuple(step * numbers.itemsize for step in stride)
        return np.lib.stride_tricks.as_strided(numbers[offset:], size, steps, writeable=False)

    return Stored(size, storage.dtype, load)


def _rebuilt_from_type(function: Any, _type: Any, args: Any, _state: Any) -> Any:
    return call(function, args)


def _from_buffer(buffer: Any, dtype: Any, shape: Any, order: str) -> np.ndarray:
    array = viewed(buffer, _dtype(dtype), tuple(shape), "array")
    return array.reshape(-1).reshape(shape, order=order)


def _dtype(value: Any) -> np.dtype:
    text = value.text if isinstance(value, _Unfilled) else str(value)
    dtype = np.dtype(text)
    if dtype.hasobject or dtype.names:
        raise WeightsError(f"file: expected arrays of numbers; got one of {shown(text)}.")
    return dtype


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")


def _mapping(*args: Any) -> dict:
    return {key: value for key, value in (args[0] if args else []) if isinstance(key, Hashable)}


def _nothing(*args: Any) -> Any:
    return args


TORCH = "torch._utils"
CALLS: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): _mapping,
    ("collections", "defaultdict"): lambda *args: {},
    ("collections", "Counter"): lambda *args: dict(args[0]) if args else {},
    ("builtins", "set"): lambda *args: list(*args),
    ("builtins", "frozenset"): lambda *args: list(*args),
    ("__builtin__", "set"): lambda *args: list(*args),
    ("builtins", "complex"): complex,
    ("builtins", "bytearray"): lambda *args: _encoded(*args) if args and isinstance(args[0], str) else b"",
    ("__builtin__", "bytearray"): lambda *args: _encoded(*args) if args and isinstance(args[0], str) else b"",
    ("_codecs", "encode"): _encoded,
    ("copy_reg", "_reconstructor"): lambda kind, *rest: made(kind),
    ("copyreg", "_reconstructor"): lambda kind, *rest: made(kind),
    (TORCH, "_rebuild_tensor"): _tensor,
    (TORCH, "_rebuild_tensor_v2"): _tensor,
    (TORCH, "_rebuild_parameter"): lambda data, *rest: data,
    (TORCH, "_rebuild_parameter_with_state"): lambda data, *rest: data,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuilt_from_type,
    ("torch", "Size"): _nothing,
    ("torch", "device"): _nothing,
    ("numpy", "dtype"): lambda text, *rest: _Unfilled("dtype", str(text)),
    ("numpy", "ndarray"): _nothing,
    ("pathlib", "PosixPath"): _nothing,
    ("pathlib", "WindowsPath"): _nothing,
    ("datetime", "datetime"): _nothing,
}
CALLS["torch.jit._pickle", "restore_type_tag"] = lambda data, kind: data
CALLS[TORCH, "_rebuild_qtensor"] = lambda *args: _tensor(*args[:4])._replace(dtype="quantised")
CALLS |= {("torch.jit._pickle", f"build_{kind}list"): lambda data: data for kind in ("int", "double", "bool", "tensor")}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    CALLS[_module, "_reconstruct"] = lambda *args: _Unfilled("array")
    CALLS[_module, "scalar"] = lambda dtype, data=b"\0" * 16: viewed(_bytes(data), _dtype(dtype), (), "scalar")
for _module in ("numpy.core.numeric", "numpy._core.numeric"):
    CALLS[_module, "_frombuffer"] = _from_buffer


def call(function: Any, args: Any) -> Any:
    """What a call in a pickle gives, of the functions that are known.

    Raises:
        WeightsError: the function is not known; it is not called.
    """
    if not isinstance(function, Name) or not isinstance(args, tuple):
        raise WeightsError("file: expected a pickle that calls functions by name; this one calls something else.")
    known = CALLS.get(function)
    if known is None:
        raise WeightsError(
            f"file: expected a pickle of arrays and containers; this one asks to call {shown(function)}. "
            "It was not called, and nothing of the file was run."
        )
    return known(*args)


def made(kind: Any) -> Any:
    """An object of a class, without its state."""
    if kind in (Name("collections", "OrderedDict"), Name("builtins", "dict")):
        return {}
    return Thing(kind if isinstance(kind, Name) else Name("", "unknown"))


def _bytes(data: Any) -> bytes:
    return data.encode("latin1") if isinstance(data, str) else data


def _build(target: Any, state: Any) -> Any:
    """An object given its state."""
    if isinstance(target, _Unfilled) and target.kind == "dtype":
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else ""
        if order in ("<", ">"):
            target.text = order + target.text.lstrip("<>=|")
    elif isinstance(target, _Unfilled):
        _version, shape, dtype, fortran, data = state
        shape = tuple(map(int, shape))
        flat = viewed(_bytes(data), _dtype(dtype), shape[::-1] if fortran else shape, "array")
        target.array = flat.T if fortran else flat
    elif isinstance(target, Thing):
        parts = state if isinstance(state, tuple) and all(isinstance(part, dict | None) for part in state) else (state,)
        for part in parts:
            target.state |= part if isinstance(part, dict) else {"state": part} if part is not None else {}
    return target


def load(stream: BinaryIO, persistent: Callable[[Any], Any] = Persistent) -> Any:
    """What a pickle says, from where the stream stands to the pickle's end.

    Args:
        stream: the bytes.
        persistent: makes something of an id of what lies outside.

    Raises:
        WeightsError: it is broken, too long, or asks for what is not known.
    """
    try:
        return _run(stream, persistent)
    except WeightsError:
        raise
    except Exception as error:  # a broken pickle can fail in every way that a program can
        raise WeightsError(f"file: expected a whole pickle; it is broken: {shown(error)}.") from None


def _run(stream: BinaryIO, persistent: Callable[[Any], Any]) -> Any:
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[Any, Any] = {}

    def since_mark() -> list[Any]:
        place = marks.pop()
        items = stack[place:]
        del stack[place:]
        return items

    def put_in(target: Any, pairs: list[Any]) -> None:
        held = target.state if isinstance(target, Thing) else target
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if isinstance(key, Hashable):
                held[key] = value

    def extend(target: Any, items: list[Any]) -> None:
        if isinstance(target, list):
            target.extend(items)

    for count, (opcode, arg, _place) in enumerate(pickletools.genops(stream)):
        name = opcode.name
        if count >= MAX_OPERATIONS:
            raise WeightsError(f"file: expected a pickle of at most {MAX_OPERATIONS} operations; this one goes on.")
        if name in CONSTANTS:
            stack.append(arg)
        elif name in VALUES:
            stack.append(VALUES[name])
        elif name in EMPTY:
            stack.append(EMPTY[name]())
        elif name in ("PROTO", "FRAME"):
            pass
        elif name == "MARK":
            marks.append(len(stack))
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[arg] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[arg])
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            length = int(name[-1])
            stack[-length:] = [tuple(stack[-length:])]
        elif name in ("TUPLE", "LIST", "FROZENSET"):
            items = since_mark()
            stack.append(tuple(items) if name == "TUPLE" else items)
        elif name == "DICT":
            items, target = since_mark(), {}
            put_in(target, items)
            stack.append(target)
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            put_in(stack[-1], [key, value])
        elif name == "SETITEMS":
            items = since_mark()
            put_in(stack[-1], items)
        elif name == "APPEND":
            item = stack.pop()
            extend(stack[-1], [item])
        elif name in ("APPENDS", "ADDITEMS"):
            items = since_mark()
            extend(stack[-1], items)
        elif name in ("GLOBAL", "INST"):
            kind = Name(*arg.split(" ", 1))
            stack.append(call(kind, tuple(since_mark())) if name == "INST" else kind)
        elif name == "STACK_GLOBAL":
            last, module = stack.pop(), stack.pop()
            stack.append(Name(str(module), str(last)))
        elif name == "REDUCE":
            args = stack.pop()
            stack.append(call(stack.pop(), args))
        elif name == "OBJ":
            kind, *args = since_mark()
            stack.append(call(kind, tuple(args)))
        elif name in ("NEWOBJ", "NEWOBJ_EX"):
            del stack[-1 if name == "NEWOBJ" else -2 :]
            stack.append(made(stack.pop()))
        elif name == "BUILD":
            state = stack.pop()
            stack[-1] = _build(stack[-1], state)
        elif name in ("PERSID", "BINPERSID"):
            stack.append(persistent(arg if name == "PERSID" else stack.pop()))
        elif name == "POP":
            stack.pop()
        elif name == "DUP":
            stack.append(stack[-1])
        elif name == "POP_MARK":
            since_mark()
        elif name == "STOP":
            return stack.pop()
        else:
            raise WeightsError(f"file: expected a pickle of arrays and containers; this one has {name}.")
    raise WeightsError("file: expected a whole pickle; it ends too early.")


def arrays(tree: Any) -> tuple[dict[str, Stored], dict[str, dict[str, Any]]]:
    """Arrays of what a pickle says, by their path, and plain values that stand beside arrays, by path of their holder.

    What PyTorch calls `_modules` and `_parameters` is left out of the paths: they are then those of a state_dict.
    """
    found: dict[str, Stored] = {}
    beside: dict[str, dict[str, Any]] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, Any, int]] = [("", tree, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, _Unfilled) and value.array is not None:
            value = value.array
        if isinstance(value, np.ndarray):
            value = Stored.of(value)
        if isinstance(value, Stored):
            found.setdefault(path or "array", value)
            continue
        items = value.state if isinstance(value, Thing) else value
        if isinstance(items, list | tuple) and not isinstance(items, Name | Persistent | Storage):
            items = dict(enumerate(items)) if any(_holds(item) for item in items) else {}
        if not isinstance(items, dict) or id(value) in seen or depth > MAX_DEPTH:
            continue
        seen.add(id(value))
        following = []
        for key, item in items.items():
            if key == "_flat_weights" and isinstance(value, Thing):
                continue  # the very tensors of `_parameters`
            inner = key in ("_modules", "_parameters", "_buffers") and isinstance(value, Thing)
            step = path if inner else f"{path}.{key}" if path else str(key)
            if _holds(item):
                following.append((step, item, depth + 1))
            elif isinstance(item, str | int | float | bool):
                beside.setdefault(path, {})[str(key)] = item
        waiting += reversed(following)
    return found, beside


def _holds(value: Any) -> bool:
    """Whether arrays may be in it."""
    return isinstance(value, Stored | np.ndarray | dict | list | Thing | _Unfilled) or type(value) is tuple
