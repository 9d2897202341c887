"""The page list. A new page is a file in `views/` and a line here."""

from pathlib import Path

import streamlit as st

from app import cell_table, compute, live, sidebar, words
from app.words import _

ICON = Path(__file__).with_name("icon.svg")

words.speak(st.context.locale)
st.set_page_config(page_title="Unrolled", page_icon=str(ICON), layout="wide", initial_sidebar_state="expanded")

PAGES = {
    _("See"): [
        st.Page("views/gradient.py", title=_("Where does the gradient go?"), icon=":material/timeline:", default=True),
        st.Page("views/gates.py", title=_("What does each gate do?"), icon=":material/tune:"),
        st.Page("views/past.py", title=_("How far back can it see?"), icon=":material/history:"),
    ],
    _("Understand"): [
        st.Page("views/neuron.py", title=_("Why does a neuron vanish?"), icon=":material/adjust:"),
        st.Page("views/bptt.py", title=_("What does BPTT add up?"), icon=":material/functions:"),
        st.Page("views/fixes.py", title=_("What fixes it?"), icon=":material/healing:"),
    ],
    _("Train"): [
        st.Page("views/learning.py", title=_("Can it learn to remember?"), icon=":material/model_training:"),
        st.Page("views/reading.py", title=_("What does it read?"), icon=":material/menu_book:"),
    ],
    _("Build"): [
        st.Page("views/wiring.py", title=_("What if cells are wired?"), icon=":material/device_hub:"),
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
