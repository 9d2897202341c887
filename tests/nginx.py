"""Debian's nginx before several processes, configured as the README says; installed with apt-get if there is none."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.chromium import run

ROOT = Path(__file__).parents[1]
AROUND = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{block}
}}
"""
"""What a distribution's nginx.conf has around the README's block."""


def installed() -> str | None:
    """Path of nginx; None where there is none."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def nginx() -> str | None:
    """Path of nginx; None where there is none and it cannot be installed."""
    if not installed():
        apt_get = ("apt-get",) if os.geteuid() == 0 else ("sudo", "-n", "apt-get")
        if run(*apt_get, "update"):  # RUNLEVEL=1: it is not started, the machine may have a server on port 80
            run("env", "RUNLEVEL=1", *apt_get, "install", "-y", "--no-install-recommends", "nginx")
    return installed()


def block(port: int, replicas: Sequence[int]) -> str:
    """The README's block with ports of one's own."""
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    mine = iter(replicas)
    found = re.sub(r"127\.0\.0\.1:85\d\d", lambda _: f"127.0.0.1:{next(mine)}", found)
    assert next(mine, None) is None, "the README names fewer processes"
    return found.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("lab.example.org", "127.0.0.1")


@contextmanager
def before(replicas: Sequence[int], port: int, folder: Path) -> Iterator[str]:
    """nginx on a port of its own before processes on others; gives its address."""
    folder.chmod(0o755)
    configuration = folder / "nginx.conf"
    configuration.write_text(AROUND.format(folder=folder, block=block(port, replicas)), encoding="utf-8")
    process = subprocess.Popen([nginx(), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)])
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 10
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()[-500:]}")
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/_stcore/health").status_code == 200
    except httpx2.TransportError:
        return False
