"""What the glossary says of a term."""

from app.page import page_of, pages
from tests.said.register import says


@says(
    "word?term=lyapunov",
    "Look at {what}. From the page “{page}”.",
    "Read on: {reference}.",
    "**The picture** is one of the laboratory's own figures, at a setting that shows the term.",
    "**Terms** with a dotted line under the legend of any page lead here.",
)
def test_a_term(said):
    term = said.numbers.term
    assert said.verdict.headline == term.name == "Lyapunov exponent"
    assert said.values("Look at {what}. From the page “{page}”.") == {
        "what": term.look,
        "page": pages()[page_of("spectra")].title(),
    }
    assert said.drawn["data"]
