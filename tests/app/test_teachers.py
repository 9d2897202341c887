"""What every page has for teachers: the folded section, links that show less, the sheet for paper."""

import html
import re

import pytest
from starlette.testclient import TestClient

from app import sheet, teachers
from app.live import controls
from app.live.sheets import SCRIPT
from app.page import pages
from app.settings import Settings, fixable, hideable, parts
from cells.experiment import Experiment
from tests.app.pages import ask, connect, html_on, open_page, verdicts_on


@pytest.fixture(scope="module")
def client() -> TestClient:
    return connect()


def small(**more) -> Settings:
    return Settings(experiment=Experiment(length=30, hidden_size=8), overlay=("rnn",), plain=True, **more)


def test_what_cannot_be_hidden_or_fixed_gets_a_sentence():
    settings, problems = Settings.repaired("hide=sidebar,moon&fix=legend")
    assert settings == Settings()
    assert problems[0].startswith("hide: expected names among sidebar, verdict, check, legend, claims, below, ")
    assert problems[0].endswith("; got 'moon'.")
    assert problems[1].startswith("fix: expected names among sidebar, ")
    assert all(len(problem) < 600 for problem in problems)


def test_no_slider_has_the_name_of_a_part():
    assert len(hideable()) == len({*parts(), *fixable()}) == len(parts()) + len(fixable()) - 1


def test_a_hidden_slider_is_gone_and_a_fixed_one_cannot_be_moved():
    settings = Settings(hide=("gain",), fix=("length", "gain"))
    made = controls.of_experiment(settings, settings.runs)
    shown = {control["name"]: control for control in controls.as_customised(settings, made)}
    assert "gain" not in shown
    assert {control["name"] for control in made} - {"gain"} == shown.keys()
    assert shown["length"]["disabled"] is True
    assert shown["forget_bias"]["disabled"] is False


def test_hidden_words_do_not_leave_the_server_and_the_picture_is_the_same(client):
    query = small().to_query()
    whole, less = (ask(client, f"/live/gradient?{query}{more}").json() for more in ("", "&hide=verdict,check"))
    assert whole["words"]["headline"]
    assert whole["words"]["badge"]
    assert whole["explained"]
    assert not any(less["words"][name] for name in ("headline", "sentence", "asides", "comparisons", "badge"))
    assert less["explained"] == []
    assert less["figure"] == whole["figure"]


def test_a_customised_page_shows_less_keeps_its_choice_and_can_be_made_whole():
    page = open_page("gradient", small(hide=("sidebar", "verdict", "claims", "legend"), fix=("gain",)))
    assert not page.exception
    assert not page.sidebar.selectbox
    assert "Vanishing" not in verdicts_on(page)
    assert [each.value for each in page.subheader] == []
    page.session_state["length"] = 20  # as a slider would
    page.run()
    assert page.session_state.settings.experiment.length == 20
    assert page.query_params["hide"] == "sidebar,verdict,legend,claims"
    assert page.query_params["fix"] == "gain"
    next(button for button in page.button if button.label == "Show everything").click().run()
    assert not page.exception
    assert not {"hide", "fix"} & {*page.query_params}
    assert page.session_state.settings.experiment.length == 20
    assert page.sidebar.selectbox
    assert "Vanishing" in verdicts_on(page)
    assert [each.value for each in page.subheader] == ["What would you like to see?", "How do you read the picture?"]
    assert "Show everything" not in [button.label for button in page.button]


def test_what_is_fixed_is_fixed_in_the_sidebar_too():
    page = open_page("gradient", small(fix=("sidebar",)))
    assert page.sidebar.selectbox
    assert all(box.disabled for box in page.sidebar.selectbox)
    assert {button.label for button in page.sidebar.button if not button.disabled} == {"Present"}
    page = open_page("gradient", small(fix=("seed",)))
    fixed = {each.key: each.disabled for each in [*page.sidebar.selectbox, *page.sidebar.number_input]}
    assert fixed.pop("seed")
    assert not any(fixed.values())


def test_the_folded_section_has_sheet_names_and_a_link_with_a_code():
    page = open_page("words", small(term="norm"))
    assert "Questions to ask" not in " ".join(html_on(page))  # folded, so that it costs nothing
    page.session_state["teachers_drawer"] = True
    page.run()
    assert not page.exception
    shown = html.unescape(" ".join(html_on(page)))
    found = pages()["words"].sheet()
    assert all(text in shown for text in (found.goal, *found.simplifies))
    assert all(asked.question in shown and asked.answer in shown for asked in found.questions)
    assert all(f"<code>{each.name}</code>" in shown for each in sheet.of_every_page())
    assert "<code>term</code>" in shown
    hidden, fixed = (
        next(each for each in page.get("button_group") if each.key == f"teachers_{what}_words")
        for what in ("hide", "fix")
    )
    hidden.set_value(["sidebar", "claims"]).run()
    link = page.code[0].value
    settings, problems = Settings.repaired(link.partition("?")[2])
    assert problems == []
    assert settings == small(term="norm", hide=("sidebar", "claims"))
    assert page.session_state.settings == small(term="norm")  # the teacher's own page stays as it is
    assert "data:image/svg+xml" in shown


def test_a_link_that_is_too_long_for_a_code_gets_a_sentence():
    assert "too long" in teachers.qr_code("http://127.0.0.1/?text=" + "a" * 3000)
    assert teachers.qr_code("http://127.0.0.1/").startswith('<img class="qr" src="data:image/svg+xml')


def test_a_sheet_for_paper_has_the_answers_on_a_page_of_their_own(client):
    answer = client.get("/live/sheets/gradient?gain=2")
    assert answer.status_code == 200
    text = html.unescape(answer.text)
    before, _break, after = text.partition('<section class="answers">')
    found = pages()["gradient"].sheet()
    for asked in found.questions:
        assert asked.question in before
        assert asked.answer not in before
        assert asked.answer in after
    assert before.count('class="line"') == 3 * 4
    assert "http://127.0.0.1/?gain=2" in before
    links = re.findall(r'href="(http://127\.0\.0\.1/[^"]*)"', text)
    assert len(links) == 1 + sum(len(asked.examples) for asked in found.questions)
    assert all(Settings.repaired(link.partition("?")[2])[1] == [] for link in links)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert f"<script>{SCRIPT}</script>" in answer.text


def test_a_sheet_that_is_not_there_or_asked_wrongly_is_a_sentence(client):
    assert client.get("/live/sheets/moon").status_code == 404
    assert "expected one of gradient, gates" in client.get("/live/sheets/moon").text
    refused = client.get("/live/sheets/gradient?gain=<script>alert(1)</script>")
    assert refused.status_code == 422
    assert "<script>" not in refused.text
    assert client.get("/live/sheets/gradient", params={"text": "a" * 5000}).status_code == 414
    assert client.get("/live/sheets/gradient", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_every_page_has_a_sheet_for_paper(client):
    for name, page in pages().items():
        if page.sheet is not None:
            assert html.escape(page.title()) in client.get(f"/live/sheets/{name}").text
