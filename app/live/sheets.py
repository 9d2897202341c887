"""A page's sheet for paper: its goal, its questions with room to write, and the answers on a page of their own."""

import base64
import hashlib
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app import language, sheet, teachers
from app.language import _
from app.live import admission
from app.live.component import server_of
from app.page import pages
from app.settings import Settings

SCRIPT = "addEventListener('load', () => print()); document.querySelector('button').onclick = () => print();"
LINES = 4
"""Ruled lines under a question."""
MAX_QUERY = 4_000
"""Characters of a query that a sheet repeats; longer ones are refused."""
STYLE = """
@page { size: A4; margin: 15mm 18mm; }
body { font: 12pt/1.45 Georgia, serif; color: #000; background: #fff; }
body { max-width: 42rem; margin: 1rem auto; padding: 0 1rem; }
h1 { font-size: 17pt; margin: 0 0 0.5rem; } h2 { font-size: 13pt; margin: 1.2rem 0 0.4rem; break-after: avoid; }
li { margin: 0.6rem 0; break-inside: avoid; } .line { border-bottom: 1px solid #999; height: 2.1rem; }
.answers { break-before: page; font-size: 11pt; } .answers li { margin: 0.35rem 0; } button { font: inherit; }
.where { display: flex; gap: 1rem; align-items: center; justify-content: space-between; break-inside: avoid; }
.where p { margin: 0; overflow-wrap: anywhere; font: 9pt/1.35 monospace; color: #333; } .where a { color: inherit; }
.qr { flex: none; width: 30mm; height: 30mm; image-rendering: pixelated; } .answers .qr { width: 19mm; height: 19mm; }
@media print { body { margin: 0; max-width: none; padding: 0; } button { display: none; } }
"""


def policy() -> str:
    """The page's own script, styles and pictures, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def printed(request: Request) -> Response:
    """The sheet of a page; the query string is what its first link shows."""
    language.speak(request.headers.get("accept-language", "").split(",")[0])
    refusal = admission.refusal(request)
    if refusal:
        return HTMLResponse(escape(refusal), 403)
    name = request.path_params["page"]
    page = pages().get(name)
    if page is None or page.sheet is None:
        known = ", ".join(each for each, found in pages().items() if found.sheet)
        return HTMLResponse(escape(f"page: expected one of {known}."), 404)
    query = request.scope["query_string"].decode("latin-1")
    if len(query) > MAX_QUERY:
        return HTMLResponse(escape(f"query: expected at most {MAX_QUERY} characters."), 414)
    settings, problems = Settings.repaired(query)
    if problems:
        return HTMLResponse(escape(" ".join(problems)), 422)
    link = f"{name}?{settings.to_query()}"
    text = document(page.title(), sheet.made(page.sheet), server_of(request), link)
    return HTMLResponse(text, headers={"Content-Security-Policy": policy(), "Cache-Control": "no-store"})


def document(title: str, found: sheet.Sheet, server: str, link: str) -> str:
    """The sheet as a document of its own.

    Args:
        title: the page's question.
        found: what it says.
        server: where links lead, as "https://name".
        link: what the class opens, as "page?query".
    """
    line = '<div class="line"></div>' * LINES
    questions = "".join(f"<li>{escape(asked.question)}{line}</li>" for asked in found.questions)
    answers = "".join(_answer(asked, server) for asked in found.questions)
    simplified = "".join(f"<li>{escape(sentence)}</li>" for sentence in found.simplifies)
    return (
        f'<!doctype html><html lang="{escape(language.language())}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>"
        f"<body><button>{escape(_('Print'))}</button>"
        f"<h1>{escape(title)}</h1>{_where(server, link)}<p>{escape(found.goal)}</p>"
        f"<h2>{escape(_('Questions'))}</h2><ol>{questions}</ol>"
        f'<section class="answers"><h1>{escape(_("Answers"))}</h1><p>{escape(title)}</p><ol>{answers}</ol>'
        f"<h2>{escape(_('What the model simplifies'))}</h2><ul>{simplified}</ul></section>"
        f"<script>{SCRIPT}</script></body></html>"
    )


def _answer(asked: sheet.Question, server: str) -> str:
    shown = "".join(_where(server, example.link, f"{example.label}: ") for example in asked.examples)
    return f"<li><strong>{escape(asked.question)}</strong><br>{escape(asked.answer)}{shown}</li>"


def _where(server: str, link: str, label: str = "") -> str:
    where = server + teachers.address(link)
    text = f'{escape(label)}<a href="{escape(where)}">{escape(where)}</a>'
    return f'<div class="where"><p>{text}</p>{teachers.qr_code(where)}</div>'
