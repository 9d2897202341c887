"""The page list. A new page is a file in `views/` and a line here."""

from pathlib import Path

import streamlit as st

from app import language as words
from app import live, sidebar
from app import numbers as compute
from app.language import _
from app.views.gates import table as cell_table

ICON = Path(__file__).with_name("icon.svg")

words.speak(st.context.locale)
st.set_page_config(page_title="Unrolled", page_icon=str(ICON), layout="wide", initial_sidebar_state="expanded")

PAGES = {
    _("See"): [
        st.Page(
            "views/gradient/page.py",
            url_path="gradient",
            title=_("Where does the gradient go?"),
            icon=":material/timeline:",
            default=True,
        ),
        st.Page("views/gates/page.py", url_path="gates", title=_("What does each gate do?"), icon=":material/tune:"),
        st.Page("views/past/page.py", url_path="past", title=_("How far back can it see?"), icon=":material/history:"),
    ],
    _("Understand"): [
        st.Page(
            "views/neuron/page.py", url_path="neuron", title=_("Why does a neuron vanish?"), icon=":material/adjust:"
        ),
        st.Page("views/bptt/page.py", url_path="bptt", title=_("What does BPTT add up?"), icon=":material/functions:"),
        st.Page("views/fixes/page.py", url_path="fixes", title=_("What fixes it?"), icon=":material/healing:"),
    ],
    _("Train"): [
        st.Page(
            "views/learning/page.py",
            url_path="learning",
            title=_("Can it learn to remember?"),
            icon=":material/model_training:",
        ),
        st.Page(
            "views/reading/page.py", url_path="reading", title=_("What does it read?"), icon=":material/menu_book:"
        ),
    ],
    _("Build"): [
        st.Page(
            "views/wiring/page.py", url_path="wiring", title=_("What if cells are wired?"), icon=":material/device_hub:"
        ),
    ],
}

page = st.navigation(PAGES, position="sidebar" if sum(map(len, PAGES.values())) > 1 else "hidden")
sidebar.settle(page)
with st.sidebar:
    live.load_ahead()
page.run()
sidebar.show()
compute.warm_up_in_background(sidebar.current().runs)
compute.warm_up_in_background([sidebar.current().experiment], cell_table.warm_up)
