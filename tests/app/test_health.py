"""What an operator may ask: counts, and nothing that should not be told."""

import os
from pathlib import Path

import pytest

from app.background import answer, compiler
from cells import programs
from tests.app.pages import ask, connect


def test_health_counts_programs_maps_memory_runs_and_answers(monkeypatch):
    monkeypatch.setattr(compiler, "found", None)
    client = connect()
    assert client.get("/live/health").json()["compiler"] is None
    compiler.test()
    ask(client, "/live/gradient?length=20")
    state = client.get("/live/health").json()
    assert state["programs"] > 0
    assert state["maps"] > 100
    assert 50e6 < state["memory_bytes"] < 50e9
    assert state["training_runs"] >= 0
    assert state["answers"] > 0
    assert state["answers_bytes"] == answer.kept().bytes > 0
    assert state["waiting"] == 0
    assert state["uptime_seconds"] > 0
    assert state["compiler"]["passed"] is True
    assert "agree with NumPy" in state["compiler"]["sentence"]


def test_a_program_counts_until_it_is_let_go():
    before = programs.census()
    programs.compiled(lambda x: 3 * x + 1)(2.0)
    assert programs.census().programs == before.programs + 1
    programs.forget()
    after = programs.census()
    assert after.programs == 0
    assert after.let_go == before.let_go + before.programs + 1


def test_health_tells_no_paths_names_or_addresses():
    text = connect().get("/live/health").text
    for secret in ("/", os.environ.get("USER", "root"), os.path.basename(os.getcwd()), "127.0.0.1", "XDG"):
        assert secret not in text


@pytest.mark.parametrize("headers", [{"origin": "http://elsewhere.example"}, {"sec-fetch-site": "cross-site"}])
def test_other_sites_pages_are_told_nothing(headers):
    response = connect().get("/live/health", headers=headers)
    assert response.status_code == 403
    assert response.json().keys() == {"problem"}


def test_health_is_told_where_the_system_does_not_say(monkeypatch):
    monkeypatch.setattr(programs, "PROCESS", Path("nowhere"))
    state = connect().get("/live/health").json()
    assert state["maps"] is None
    assert state["memory_bytes"] is None
