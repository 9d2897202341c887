"""What pages are made of: title and menus, live figure, section, claims, legend."""

import time
from collections.abc import Iterator, Sequence
from html import escape
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import glossary, notice, sidebar
from app.background import compiler
from app.figure import Figure, as_customised
from app.language import _
from app.live import component, controls
from app.page import Claim, Page, claims_of, figures, page_of
from app.settings import Settings, fields
from cells import all_cells, code
from cells.experiment import default_experiment

Item = TypeVar("Item")

PLAIN_HEIGHT = 470
"""Pixels of a plain figure; the live one takes what the window leaves."""
LISTED = 3
"""Cells that a button names; more are counted."""
LAZY = {"lazy": True}
"""For a lower figure: nothing is asked for before the reader comes near it."""

# Less air above the first line, so that figure, sliders and verdict fit a projector.
STYLE = """
<style>
.stMainBlockContainer { padding: 2.6rem 2rem 3rem; max-width: 100rem; }
.stAppHeader { height: 2.6rem; min-height: 0; }
.stSidebar [data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
.stSidebar [data-testid="stSidebarHeader"] { height: 2.75rem; margin-bottom: 0; }
.stMain h1 { font-size: 1.6rem; padding: 0; }
.stMain [data-testid="stVerticalBlock"] { gap: 0.6rem; }
.stMain [data-testid="stPageLink"] a:focus-visible { outline: 2px solid var(--st-primary-color, currentColor); }
.stMain [data-testid="stPageLink"] a p { white-space: normal; }
.stSidebar [data-testid="stSidebarNavLink"]:focus-visible { outline: 2px solid var(--st-primary-color, currentColor); }
.stSidebar [data-testid="stSidebarNavLink"] { height: 1.625rem; margin: 0; }
.stSidebar [data-testid="stVerticalBlock"] { gap: 0.5rem; }
</style>
"""

WORDS = "words"
"""The page of the glossary."""
TERMS = """
<style>
.terms { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; margin: 0.2rem 0 0; }
.term { position: relative; color: inherit; text-decoration: underline dotted; text-underline-offset: 4px; }
.term:hover::after, .term:focus::after {
  content: attr(data-means); position: absolute; left: 0; bottom: 1.8em; z-index: 10; width: min(22rem, 70vw);
  padding: 0.5rem 0.7rem; border: 1px solid var(--st-border-color, #8888); border-radius: 0.5rem; font-size: 0.9375rem;
  line-height: 1.4; background: Canvas; color: CanvasText; box-shadow: 0 4px 16px #0003;
}
</style>
"""


def title(page: Page, *names: str, width: int = 160) -> DeltaGenerator:
    """The question with menus of some fields beside it, and what could not be used of the address.

    Returns:
        The row of the title, for what else can be done with the figure.
    """
    st.html(STYLE)
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small")
    row.title(page.title(), anchor=False, width="content")
    if names:
        menus(row, *names, width=width)
    problems()
    return row


def problems() -> None:
    """What could not be used, in a sentence each."""
    for problem in sidebar.problems():
        notice.problem(problem)


def menus(row: DeltaGenerator, *names: str, width: int = 160) -> None:
    """Menus of fields, in the title's row, so many pixels wide."""
    group = row.container(horizontal=True, gap="small", width="content")
    for name in names:
        labels = fields()[name].choices()
        group.selectbox(
            _(fields()[name].label),
            list(labels),
            key=name,
            format_func=labels.get,
            label_visibility="collapsed",
            width=width,
        )


def cells_drawn(row: DeltaGenerator, settings: Settings, what: str) -> DeltaGenerator:
    """The cells drawn, to choose from, in the title's row; `what` says what happens to them.

    Returns:
        The menu, for what else is drawn or not.
    """
    labels = {name: cell.label for name, cell in all_cells().items()}
    drawn = [labels[run.cell] for run in settings.runs]
    named = ", ".join(drawn) if len(drawn) <= LISTED else _("{count} cells").format(count=len(drawn))
    menu = row.popover(named, help=what)
    menu.pills(_("cells drawn"), list(labels), selection_mode="multi", key="overlay", format_func=labels.get)
    return menu


def inputs(*names: str) -> None:
    """Menus and text boxes of fields, in a row above a lower figure."""
    row = st.container(horizontal=True, gap="small", vertical_alignment="bottom")
    for name in names:
        spec = fields()[name]
        if spec.kind == "choice":
            labels = spec.choices()
            row.selectbox(_(spec.label), list(labels), key=name, format_func=labels.get, width=240)
        else:
            row.text_input(_(spec.label), key=name, help=_(spec.help) or None, max_chars=int(spec.high), width=360)


def switches(name: str) -> None:
    """A field of kind "choices", as pills."""
    labels = fields()[name].choices()
    st.pills(
        _(fields()[name].label),
        list(labels),
        selection_mode="multi",
        key=name,
        format_func=labels.get,
        label_visibility="collapsed",
    )


def figure(
    name: str,
    settings: Settings,
    *,
    top: bool = True,
    sliders: Sequence[str] = (),
    experiment: bool = True,
    without: Sequence[str] = (),
    picks: dict[str, str] | None = None,
    ends: dict[str, int] | None = None,
    more: dict[str, object] | None = None,
) -> None:
    """One of the page's figures with its sliders and verdict: live, or plain where the live one cannot run.

    Args:
        name: of its route.
        settings: what to show.
        top: whether it stands at the top of the page, with the sliders of the experiment; a lower one follows the
            address.
        sliders: fields that get a slider too; one that counts steps of the sequence ends with it.
        experiment: whether the sliders of the experiment are among them.
        without: those of them that are left out.
        picks: {"x": field, "y": field} that a click on the figure, or a drag over it, sets.
        ends: {field: where its slider ends}, for whole numbers of which the page has use for fewer than it accepts.
        more: what else the component's script reads.
    """
    shown = figures()[name]
    if not top and settings.hides("below"):
        return
    if top:
        st.session_state.sliders = list(sliders)  # what a teacher may hide or fix
    if is_plain(settings):
        free = [slider for slider in sliders if not settings.hides(slider) and not controls.counts_steps(slider)]
        _plain(name, shown, settings, free)
        return
    mine = controls.of_experiment(settings, shown.runs(settings)) if top and experiment else []
    mine = [control for control in mine if control["name"] not in without]
    mine += [controls.of_field(settings, slider, (ends or {}).get(slider)) for slider in sliders]
    if top:
        st.session_state.sliders = [control["name"] for control in mine]
    key = f"{name}_live"  # no field has such a name, as a figure may
    failed = component.mount(
        key,
        {
            "controls": controls.as_customised(settings, mine),
            "lower": not top,
            "picks": {
                axis: controls.of_field(settings, field)
                for axis, field in (picks or {}).items()
                if not settings.fixes(field)
            },
            "query": settings.to_query(),
            "endpoint": name,
            "script": f"{page_of(name)}/{shown.script}" if shown.script else "",
            "arrival": st.session_state.arrivals,
            "take": _take(name, shown, settings),
            "texts": {
                "share": _("Copy link"),
                "copied": _("Link copied"),
                "collect": _("Add to my lesson"),
                "collected": _(
                    "Collects this picture. On the page of lessons, “Make your own” makes a lesson of them."
                ),
                "added": _("Added: step {count} of my lesson"),
                "full": _("My lesson has as many steps as one can have"),
                "unkept": _("This browser keeps nothing"),
                "computing": _("Computing …"),
                "unavailable": _("The live figure's script could not be loaded; plain widgets take its place."),
                "offline": _("The server does not answer; it is asked again. The picture is the last good one."),
            },
        }
        | (more or {}),
        on_moved=lambda: sidebar.take_text(component.handed_over(key, "moved")),
    )
    if failed:
        st.session_state.live_failed = True
        st.rerun()


def _take(name: str, shown: Figure, settings: Settings) -> dict[str, object]:
    """What the menu beside the figure offers to take along; code where it is of one experiment."""
    experiment = shown.in_code(settings)
    frameworks = {
        key: framework.label
        for key, framework in code.all_frameworks().items()
        if experiment is not None and not code.refusal(key, experiment)
    }
    return {
        "label": _("Take it along"),
        "file": f"unrolled-{name}",
        "cell": default_experiment().cell,
        "picture": _("The picture did not come about."),
        "choices": [
            {"kind": "png", "label": _("Picture (PNG)")},
            {"kind": "svg", "label": _("Picture to edit (SVG)")},
            {"kind": "csv", "label": _("Numbers (CSV)")},
            {"kind": "json", "label": _("Numbers (JSON)")},
            *(
                {"kind": "code", "label": _("Code: {framework}").format(framework=label), "route": f"script/{key}"}
                for key, label in frameworks.items()
            ),
        ],
    }


def is_plain(settings: Settings) -> bool:
    """Whether figures are Streamlit's own charts: the reader asked for them, or the live ones cannot run."""
    return settings.plain or bool(st.session_state.get("live_failed"))


def section(heading: str, look_for: str) -> None:
    """A heading that asks, and a sentence that says what to look for in the figure below it."""
    st.subheader(heading, anchor=False)
    st.markdown(look_for)


def formula(latex: str, caption: str) -> None:
    """A formula, and a sentence that says what its colours mean."""
    st.latex(latex)
    st.caption(caption)


def claims(page: Page) -> None:
    """Links that each state a claim."""
    if sidebar.current().hides("claims"):
        return
    with st.container(key="part_claims"):
        section(_("What would you like to see?"), _("Each link states a claim; open it and try to break it."))
        component.links(
            "claims",
            {claim.claim: claim.settings.to_query() for claim in claims_of(page)},
            on_opened=lambda: sidebar.open_link(st.session_state.claims.opened),
        )


def counted(heading: str, look_for: str, found: Sequence[Claim]) -> None:
    """A section of claims with what was counted over seeds, three in a row, each opened by a click."""
    if sidebar.current().hides("claims"):
        return
    with st.container(key="part_claims"):
        section(heading, look_for)
        _counted(found)


def _counted(found: Sequence[Claim]) -> None:
    for column, claim in in_rows(found, 3):
        key = f"claim_{claim.name}"
        with column.container(border=True, height="stretch"):
            component.links(
                key,
                {claim.claim: claim.settings.to_query()},
                on_opened=lambda key=key: sidebar.open_link(st.session_state[key].opened),
            )
            st.caption(claim.counts)


def cards(texts: list[tuple[str, str]]) -> None:
    """Sentences with their reasons, three in a row."""
    for column, (claim, reason) in in_rows(texts, 3):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{claim}**  \n{reason}")


def legend(page: Page, settings: Settings) -> None:
    """What every mark means, and what the page does not say."""
    if settings.hides("legend"):
        return
    lines = page.legend(settings)
    if page.spreads:
        lines.append(_("One input, one seed: “five seeds” in the sidebar draws how far the next four lie from it."))
    with st.container(key="part_legend"):
        section(_("How do you read the picture?"), "\n".join(f"- {line}" for line in lines))
        words(lines)


def words(lines: Sequence[str]) -> None:
    """The glossary's terms that stand in some lines, each explained where it is pointed at, focused or touched."""
    found = [
        f'<a class="term" href="{component.address_of(WORDS)}?term={term.key}" target="_self" '
        f'data-means="{escape(term.means)}">{escape(term.name)}</a>'
        for term in glossary.found_in(lines)
    ]
    if found:
        st.html(f'{TERMS}<p class="terms">{escape(_("Words:"))} {" ".join(found)}</p>')


def leave_room(pixels: int) -> None:
    """Make the figure at the top smaller, for what stands above it besides the title."""
    height = f"clamp(400px, calc(100vh - {150 + pixels}px), 860px)"
    st.html(
        f"<style>.live:not(.live-lower) {{ height: {height}; }}"
        ".stMain [data-testid='stButtonGroup'] button { min-height: 1.7rem; padding: 0 0.6rem; font-size: 0.8125rem; }"
        "</style>"
    )


def heights(pixels: dict[str, int]) -> None:
    """Give lower figures a height of their own, by name."""
    rules = (f".st-key-{name}_live .live.live-lower {{ height: {height}px; }}" for name, height in pixels.items())
    st.html(f"<style>{''.join(rules)}</style>")


def in_rows(items: Sequence[Item], across: int) -> Iterator[tuple[DeltaGenerator, Item]]:
    """Each item with the column it goes to, so many beside one another."""
    for start in range(0, len(items), across):
        yield from zip(st.columns(across), items[start : start + across], strict=False)


def _plain(name: str, shown: Figure, settings: Settings, sliders: Sequence[str]) -> None:
    for column, slider in zip(st.columns(len(sliders)) if sliders else (), sliders, strict=True):
        spec = fields()[slider]
        step = None if spec.kind == "number" else 1
        fixed = settings.fixes(slider)
        column.number_input(_(spec.label), spec.low, spec.high, key=slider, step=step, disabled=fixed)
    bar, answer = st.empty(), shown.compute(settings)
    while (share := answer.ask()) is not None:
        bar.progress(share, _("Computing …"))
        time.sleep(0.1)
        answer = shown.compute(settings)
    bar.empty()
    numbers = answer.value()
    verdict = as_customised(settings, shown.say(settings, numbers))
    check = compiler.beside(verdict.check) if compiler.failed else verdict.check
    asides = [text for text in (verdict.asides, *verdict.comparisons, check and check.text) if text]
    if verdict.headline or asides:
        notice.verdict(verdict.headline, verdict.sentence, asides)
    st.plotly_chart(
        shown.draw(settings, numbers, st.context.theme.type or "light"),
        key=f"{name}_plain",
        theme=None,
        height=PLAIN_HEIGHT,
        config={"displayModeBar": False},
    )
