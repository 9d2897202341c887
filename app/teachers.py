"""What every page has for teachers: a sheet to teach from, the names its address takes, a link that shows less."""

from html import escape
from urllib.parse import urlsplit

import segno
import streamlit as st

from app import sheet, sidebar
from app.language import _
from app.live import component
from app.page import Page, pages
from app.settings import Settings, fixable, hideable, parts
from app.sheet import Parameter, Sheet

PRINT = """<style>
@page { margin: 12mm; }
@media print {
  * { print-color-adjust: exact; }
  .stSidebar, .stAppHeader, .stToolbar, .live-share, .live-link, .live-take, .player,
  [data-testid="stExpandSidebarButton"],
  [data-testid="stBaseButton-secondary"], .st-key-teachers, .st-key-customised { display: none !important; }
  html, body, #root, .stApp, .stAppViewContainer, .stMain, .stMainBlockContainer {
    position: static !important; overflow: visible !important; height: auto !important; max-width: none !important;
  }
  #root > div, #root > div > div { position: static !important; height: auto !important; overflow: visible !important; }
  .stMainBlockContainer { padding: 0 !important; }
  .live { height: auto !important; }
  .live, .stPlotlyChart, .stTable, tr, li { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; }
}
</style>"""
HIDDEN_SIDEBAR = ".stSidebar, [data-testid='stExpandSidebarButton'] { display: none; }"
BELOW = (
    ".stMain [data-testid='stVerticalBlock'] > :is(.st-key-{first}_live, .st-key-{first}_plain)"
    " ~ :not(:has(.st-key-part_claims, .st-key-part_legend, .st-key-teachers, .st-key-customised)) {{ display: none; }}"
    " .cell-panels {{ display: none; }}"
)
LOOK = """<style>
.teach { max-width: 60rem; line-height: 1.5; }
.teach h4 { font-size: 1rem; margin: 0.9rem 0 0.2rem; padding: 0; }
.teach ol, .teach ul { margin: 0.2rem 0; padding-left: 1.4rem; }
.teach li { margin: 0.3rem 0; }
.teach a { color: var(--st-link-color, currentColor); }
.teach p { margin: 0.2rem 0; }
.teach summary { cursor: pointer; margin-top: 0.6rem; }
.teach-table { overflow-x: auto; }
.teach table { border-collapse: collapse; font-size: 0.875rem; }
.teach th, .teach td {
  text-align: left; vertical-align: top; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #8884;
}
.teach td:nth-child(3), .teach td:nth-child(4) { overflow-wrap: anywhere; min-width: 6rem; }
</style>"""


def arrange(name: str) -> None:
    """Before a page is drawn: what paper leaves out, and what the link hides."""
    settings, rules = sidebar.current(), []
    if settings.hides("sidebar"):
        rules.append(HIDDEN_SIDEBAR)
    if settings.hides("below"):
        rules.append(BELOW.format(first=next(iter(pages()[name].figures))))
    st.html(PRINT + (f"<style>{' '.join(rules)}</style>" if rules else ""))


def section(name: str) -> None:
    """After a page: a way out of what the link hides, and the folded section for teachers."""
    settings, page = sidebar.current(), pages()[name]
    if settings != settings.whole():
        with st.container(key="customised", horizontal=True, vertical_alignment="center"):
            st.caption(_("Whoever made this link chose what it shows."), width="content")
            st.button(_("Show everything"), on_click=sidebar.show_everything)
    with st.container(key="teachers"):
        drawer = st.expander(_("For teachers"), key="teachers_drawer", on_change="rerun", icon=":material/school:")
        if drawer.open:
            with drawer:
                _draw(name, page, settings)


def _draw(name: str, page: Page, settings: Settings) -> None:
    if page.sheet is not None:
        st.html(LOOK + f'<div class="teach">{in_html(sheet.made(page.sheet))}{_printed(name, settings)}</div>')
    st.html(LOOK + f'<div class="teach">{_parameters(name, page)}</div>')
    customise(name, settings)


def in_html(found: Sheet) -> str:
    """A sheet, with links that open here."""
    questions = "".join(
        f"<li><strong>{escape(asked.question)}</strong><br>{escape(asked.answer)} {_shown(asked)}</li>"
        for asked in found.questions
    )
    simplified = "".join(f"<li>{escape(sentence)}</li>" for sentence in found.simplifies)
    return (
        f"<h4>{escape(_('Goal'))}</h4><p>{escape(found.goal)}</p>"
        f"<h4>{escape(_('Questions to ask'))}</h4><ol>{questions}</ol>"
        f"<h4>{escape(_('What the model simplifies'))}</h4><ul>{simplified}</ul>"
    )


def address(link: str) -> str:
    """The path and query on this server of a link of the form "page?query"."""
    page, _question_mark, query = link.partition("?")
    return f"{component.address_of(page)}?{query}" if query else component.address_of(page)


def _shown(asked: sheet.Question) -> str:
    return " ".join(_anchor(address(example.link), f"→ {example.label}") for example in asked.examples)


def _anchor(where: str, text: str) -> str:
    return f'<a href="{escape(where)}" target="_self">{escape(text)}</a>'


def _printed(name: str, settings: Settings) -> str:
    where = f"{component.home()}/sheets/{name}"
    query = settings.whole().to_query()
    text = _("A sheet to print: questions with room to write, answers on a page of their own")
    return f'<p><a href="{escape(where + (f"?{query}" if query else ""))}" target="_blank">{escape(text)}</a></p>'


def _parameters(name: str, page: Page) -> str:
    mine, every = sheet.of_page(page.settings), sheet.of_every_page()
    text = _("Names in the address that every page understands ({count})")
    shared = f"<details><summary>{escape(text.format(count=len(every)))}</summary>{_table(name, every)}</details>"
    if not mine:
        return shared
    text = _("Names in the address that this page adds ({count})")
    return f"<details><summary>{escape(text.format(count=len(mine)))}</summary>{_table(name, mine)}</details>{shared}"


def _example(name: str, found: Parameter) -> str:
    return _anchor(address(f"{name}?{found.query}"), found.query) if found.query else "–"


def _table(name: str, found: list[Parameter]) -> str:
    headings = (_("Name"), _("What it is"), _("Takes"), _("Unless said"), _("Example"))
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    rows = "".join(
        f"<tr><td><code>{escape(each.name)}</code></td><td>{escape(each.means)}</td><td>{escape(each.accepts)}</td>"
        f"<td>{escape(each.default) or '–'}</td><td>{_example(name, each)}</td></tr>"
        for each in found
    )
    return f'<div class="teach-table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def customise(name: str, settings: Settings) -> None:
    """What a link shows, fixes and hides, chosen by ticks; the page itself stays as it is."""
    st.markdown(f"**{_('Make a link that shows less')}**")
    st.caption(_("For a class: the link opens this very picture. Whoever opens it may still choose “Show everything”."))
    sliders = st.session_state.get("sliders", [])
    hidden = st.pills(
        _("Hidden"),
        [*sliders, *parts()],
        selection_mode="multi",
        default=[part for part in settings.hide if part in {*sliders, *parts()}],
        format_func=hideable().get,
        key=f"teachers_hide_{name}",
    )
    fixed = st.pills(
        _("Shown, but cannot be changed"),
        [slider for slider in [*sliders, "sidebar"] if slider not in hidden],
        selection_mode="multi",
        default=[part for part in settings.fix if part in {*sliders, "sidebar"} - {*hidden}],
        format_func=fixable().get,
        key=f"teachers_fix_{name}",
    )
    link = whole_address(name, settings.replace(hide=tuple(hidden), fix=tuple(fixed)))
    st.code(link, language=None, wrap_lines=True)
    st.html(f'<div class="teach">{qr_code(link)}<p>{_anchor(link, _("Open it here"))}</p></div>')


def whole_address(name: str, settings: Settings) -> str:
    """The address of a page as others would open it; without the server's name where the browser has not told it."""
    query = settings.to_query()
    browser = urlsplit(st.context.url or "")
    server = f"{browser.scheme}://{browser.netloc}" if browser.netloc else ""
    return server + address(f"{name}?{query}")


def qr_code(link: str) -> str:
    """A link as a picture for phones, dark on light in both themes; a sentence where it is too long for one."""
    try:
        picture = segno.make(link, error="l", micro=False).svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
    except segno.DataOverflowError:
        return f"<p>{escape(_('The link is too long for a QR code.'))}</p>"
    return f'<img class="qr" src="{picture}" alt="{escape(_("QR code of the link"))}">'
