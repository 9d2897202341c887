"""The application: start-up, routes, and the script that holds the page list.

Run with `streamlit run app/main.py` from the project's folder, or `make run`.
"""

import gc
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # `streamlit run app/main.py` puts this folder on the path, not the project's

gc.disable()  # what the imports make stays; looking for garbage in it takes a third of a second
import jax  # noqa: E402
import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from app.background import disk  # noqa: E402
from cells import programs  # noqa: E402

programs.share_memory()
disk.begin()
jax.config.update("jax_cpu_enable_async_dispatch", False)  # a frame is too small to be worth another thread
sys.setswitchinterval(5e-4)  # lets the server send a page's first parts while the rest is being computed

from app.background import answer, compiler, training, warm_up  # noqa: E402
from app.live.headers import Headers  # noqa: E402
from app.live.routes import ROUTES, packed_plotly  # noqa: E402
from app.numbers import flow  # noqa: E402
from app.page import pages  # noqa: E402
from app.settings import Settings  # noqa: E402

pages()  # a page that cannot be imported is an error at start, not at its first visit
gc.freeze()
gc.enable()


@asynccontextmanager
async def lifespan(app: st.App):
    """Open at once: what the first page shows is compiled while the browser loads it, longer sequences after that."""
    threading.Thread(target=packed_plotly, daemon=True).start()
    answer.begin(compile_defaults)
    compiler.begin()
    warm_up.when_idle(disk.tidy)
    yield
    for part in (answer, training, warm_up):
        part.close()


def compile_defaults() -> None:
    """Compile the first picture; what exists by then stays, so the garbage collector need not look at it again."""
    for run in Settings().runs:
        flow.now(run)
    gc.freeze()


app = st.App(
    Path(__file__).with_name("navigation.py"), lifespan=lifespan, routes=ROUTES, middleware=[Middleware(Headers)]
)

if __name__ == "__main__":
    app.run()
