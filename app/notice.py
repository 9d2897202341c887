"""Sentences shown as text, never as Markdown: they may quote a stranger's link, whose images a browser would fetch."""

from html import escape

import streamlit as st

STYLE = """<style>
.problem {
  margin: 0; padding: 0.6rem 0.9rem; border-radius: 0.5rem; border-left: 3px solid #b8860b;
  background: color-mix(in srgb, #e0a800 15%, transparent); overflow-wrap: anywhere; white-space: pre-line;
}
.verdict { margin: 0; }
.verdict + .verdict { font-size: 0.875rem; opacity: 0.85; white-space: pre-line; }
</style>"""


def problem(sentence: str) -> None:
    """What could not be used; it stands out and is read aloud."""
    st.html(f'{STYLE}<p class="problem" role="alert">{escape(sentence)}</p>')


def verdict(headline: str, sentence: str, asides: list[str]) -> None:
    """What a plain figure says, and smaller lines below it."""
    said = f'<p class="verdict"><strong>{escape(headline)}:</strong> {escape(sentence)}</p>'
    st.html(f'{STYLE}{said}<p class="verdict">{escape(chr(10).join(asides))}</p>')
