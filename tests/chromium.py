"""Print the path of a Chromium that starts on this machine; install one if there is none.

`make test` runs it before the browser tests. In this order: the one named by UNROLLED_CHROMIUM, one on the PATH,
Playwright's own, one that Playwright downloads, one from apt.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def candidates() -> Iterator[str | None]:
    """Paths to try; each step is taken only if those before it led to nothing."""
    yield os.environ.get("UNROLLED_CHROMIUM")
    yield from map(shutil.which, NAMES)
    yield playwrights()
    run(sys.executable, "-m", "playwright", "install", "chromium")
    yield playwrights()
    apt_get = ("apt-get",) if os.geteuid() == 0 else ("sudo", "-n", "apt-get")
    if run(*apt_get, "update"):
        run(*apt_get, "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation")
    yield shutil.which("chromium")


def playwrights() -> str:
    """Where Playwright keeps its own Chromium, downloaded or not."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def starts(path: str | None) -> bool:
    """Whether it runs at all: a downloaded one may miss libraries of the system."""
    return bool(path) and run(path, "--version")


def run(*command: str) -> bool:
    """Whether a command succeeds. What it prints goes to stderr: stdout is for the answer."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=300).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    found = next(filter(starts, candidates()), None)
    if not found:
        sys.exit("No Chromium for the browser tests: install one, or set UNROLLED_CHROMIUM to the path of yours.")
    print(found)
