"""The script that Streamlit runs: the menu, the page that is open, the sidebar."""

from pathlib import Path

import streamlit as st

from app import language, sidebar, teachers
from app.background import warm_up
from app.live import component
from app.page import GROUPS, pages

ICON = Path(__file__).with_name("icon.svg")

language.speak(st.context.locale)
st.set_page_config(page_title="Unrolled", page_icon=str(ICON), layout="wide", initial_sidebar_state="auto")

menu: dict[str, list] = {}
items = {}
for name, page in pages().items():
    items[name] = item = st.Page(
        f"views/{name}/page.py",
        title=(page.menu or page.title)(),
        icon=f":material/{page.icon}:",
        url_path=name,
        default=not menu,
    )
    menu.setdefault(GROUPS[page.group](), []).append(item)

chosen = st.navigation(menu, position="sidebar" if len(pages()) > 1 else "hidden", expanded=True)
sidebar.settle(chosen)
with st.sidebar:
    component.load_ahead()
names = [*pages()]
here = next(place for place, name in enumerate(names) if items[name] is chosen)
teachers.arrange(names[here])
chosen.run()
teachers.section(names[here])
sidebar.show(pages()[names[here]].needs_experiment)
top, following = (next(iter(pages()[names[place % len(names)]].figures.values())) for place in (here, here + 1))
settings = sidebar.current()
warm_up.ahead(pages()[names[here]].ahead, top.runs(settings))
warm_up.figure_ahead(following, settings)
