"""What do the words mean?"""

import streamlit as st

from app import sidebar, widgets
from app.glossary import terms
from app.language import _
from app.live import component
from app.views.words import PAGE

settings = sidebar.current()

widgets.title(PAGE, "term", width=260)
widgets.figure("word", settings, experiment=False)
widgets.section(_("Every term"), _("In the order of a course; a click shows its example above."))
component.links(
    "words",
    {f"{term.name}: {term.means}": settings.replace(term=key).to_query() for key, term in terms().items()},
    on_opened=lambda: sidebar.open_link(st.session_state.words.opened),
)
widgets.legend(PAGE, settings)
