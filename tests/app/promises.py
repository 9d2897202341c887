"""What every page keeps, each as a function of the page's name: a new page is tested by being there."""

import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import numpy as np
import plotly.graph_objects as go

from app.page import GROUPS, Claim, claims_of, figures, pages
from app.settings import Settings, fields
from cells import all_cells
from cells.experiment import Experiment, hyperparameter_specs
from cells.fields import declarations
from tests.app.pages import ask, connect, draw, drawn_on, numbers_of, open_page, problems_on, unpack
from tests.asked import ALL, some

FEW = 25
"""Updates that a network is trained for here: a chunk of every learner, so that training shows."""
TRIED = some(("lstm", "mingru"), 1)
"""The cells whose figures are drawn: one with two states and gates, one without a recurrent matrix."""


def counts_updates(name: str) -> bool:
    return name.endswith(("updates", "generations"))


def small(**changes: Any) -> Settings:
    """Settings that are computed soon: a short sequence, one cell, few updates, all of which are waited for."""
    counted = {name: FEW if "updates" in name else 0 for name in fields() if counts_updates(name)}
    given = {"experiment": Experiment(cell="lstm", length=30, hidden_size=8), "overlay": (), "plain": True}
    return Settings(**(counted | given | changes))


def declares_itself(name: str) -> None:
    page = pages()[name]
    folder = Path(__file__).parents[2] / "app" / "views" / name
    assert {"__init__.py", "page.py"} <= {path.name for path in folder.iterdir()}
    assert page.title()
    assert page.group in GROUPS
    assert re.fullmatch("[a-z_]+", page.icon)
    assert page.figures
    assert all(line.strip() for line in page.legend(small()))


def opens_for_every_cell(name: str) -> None:
    for cell in some(all_cells(), 2):
        page = open_page(name, Settings(experiment=Experiment(cell=cell)))
        assert not page.exception, cell
        assert not problems_on(page), cell
        assert page.title[0].value == pages()[name].title()


def shows_its_figures_without_the_live_component(name: str) -> None:
    settings = small()
    page = open_page(name, settings)
    assert not page.exception
    shown = [[trace.get("name") for trace in figure["data"]] for figure in drawn_on(page)]
    for figure in pages()[name].figures:
        assert [trace["name"] for trace in draw(figure, settings)["data"]] in shown, figure


def draws_what_plotly_accepts_and_names_every_mark(name: str) -> None:
    for cell in TRIED:
        settings = small(experiment=Experiment(cell=cell, length=30, hidden_size=8))
        for key, figure in pages()[name].figures.items():
            found = figure.compute(settings).value()
            for mode in ("light", "dark"):
                drawn = go.Figure(figure.draw(settings, found, mode))
                assert all(trace.name or trace.showlegend is False for trace in drawn.data), (key, cell)
                assert len({trace.uid for trace in drawn.data}) == len(drawn.data), (key, cell)


def says_something_in_whole_sentences(name: str) -> None:
    for cell in TRIED:
        settings = small(experiment=Experiment(cell=cell, length=30, hidden_size=8))
        for key, figure in pages()[name].figures.items():
            verdict = figure.say(settings, figure.compute(settings).value())
            assert verdict.headline, key
            assert verdict.sentence, key
            said = " ".join([verdict.headline, verdict.sentence, verdict.asides, *verdict.comparisons])
            assert not re.search(r"\b(nan|inf|None)\b|\{\w*\}", said), (key, said)


def answers_its_routes(name: str) -> None:
    client = connect()
    for key in pages()[name].figures:
        response = ask(client, f"/live/{key}?{small().to_query()}")
        assert response.status_code == 200, key
        answer = response.json()
        assert Settings.repaired(answer["query"]) == (small(), [])
        assert {"headline", "kind", "sentence", "asides", "comparisons", "badge", "badge_ok"} == answer["words"].keys()
        assert answer["figure"]["data"], key
        taken = client.get(f"/live/{key}.csv?{small().to_query()}")
        assert (taken.status_code, taken.text[:2]) == (200, "# "), key


def keeps_its_fields_in_the_address(name: str) -> None:
    draw = random.Random(0)
    mine = declarations(pages()[name].settings)
    for field in mine:
        settings = Settings(**{field: another_value(field, draw)})
        assert Settings.repaired(settings.to_query()) == (settings, []), field
    if mine:
        settings = Settings(**{field: another_value(field, draw) for field in mine if not counts_updates(field)})
        page = open_page(name, settings)
        assert not page.exception
        assert page.session_state.settings == settings
        address = urlencode({field: page.query_params[field] for field in page.query_params}, doseq=True)
        assert Settings.repaired(address) == (settings, [])


def another_value(field: str, draw: random.Random) -> Any:
    """A value of a field that is not its default, where it has one that can be guessed."""
    spec, default = fields()[field], getattr(Settings(), field)
    if spec.kind == "switch":
        return not default
    if spec.kind == "whole":
        values = range(int(spec.low), min(int(spec.high), int(spec.low) + 200) + 1)  # what is large takes long
        return draw.choice([value for value in values if value != default])
    if spec.kind == "number":
        return float(f"{draw.uniform(spec.low, spec.high):.3g}")
    if spec.kind == "choice":
        return draw.choice([value for value in spec.choices() if value != default])
    if spec.kind == "choices":
        return tuple(value for value in spec.choices() if draw.random() < 0.5)
    return default  # a text may have a pattern of its own


def opens_every_claim(name: str) -> None:
    every = claims_of(pages()[name])
    assert len({claim.name for claim in every}) == len(every)
    for claim in every:
        assert claim.claim
        assert not claim.figure or claim.figure in pages()[name].figures
        assert Settings.repaired(claim.settings.to_query()) == (claim.settings, []), claim.name
    for claim in some(every, 2):
        page = open_page(name, claim.settings)
        assert not page.exception, claim.name
        assert not problems_on(page), claim.name
        assert page.session_state.settings == claim.settings, claim.name


def shows_what_each_claim_says(name: str) -> None:
    """Without the one setting that decides it, the figure says or draws something else."""
    assert all(claim.decided_by for claim in claims_of(pages()[name]))
    for claim in some(claims_of(pages()[name]), 1):
        with_it, without = (_shown(name, claim, settings) for settings in (claim.settings, claim.without()))
        assert with_it != without, claim.name


def _shown(page: str, claim: Claim, settings: Settings) -> tuple:
    figure = claim.figure or next(iter(pages()[page].figures))
    brief = {name: min(getattr(settings, name), FEW) for name in fields() if counts_updates(name)}
    settings = settings.replace(plain=True, **brief)
    found = numbers_of(figure, settings)
    said = figures()[figure].say(settings, found)
    traces = figures()[figure].draw(settings, found, "light")["data"]
    curves = {
        (trace["uid"], axis): np.asarray(trace[axis], float).round(3).tobytes()
        for trace in traces
        for axis in ("x", "y", "z")
        if isinstance(trace.get(axis), np.ndarray) and trace[axis].dtype.kind in "fiu"
    }
    return said.headline, curves


HOSTILE = ["", "nan", "inf", "-1", "0", "1", "2", "128", "2048", "1e400", "9" * 5000, "true", "lstm", "relu", "zero"]
HOSTILE += ["text", "numbers", "step", "'; DROP", "<script>", "\0", "😀", "１２", "1,2,3,4", "0x10", "1_0", "a" * 2000]


def withstands_hostile_queries(name: str, queries: int = 3 if ALL else 1) -> None:
    """A frame or a sentence, and never a number that is none."""
    client, chance = connect(), random.Random(0)
    names = [*Experiment.__dataclass_fields__, *hyperparameter_specs(), "overlay", "pin", "unknown", *fields()]
    # A new size compiles, and hours of training are allowed: both have tests of their own.
    names = [field for field in names if field not in ("hidden_size", "layers") and not counts_updates(field)]
    asked = parse_qs(small().to_query())
    for key in pages()[name].figures:
        for _ in range(queries):
            hostile = [(chance.choice(names), chance.choice(HOSTILE)) for _ in range(chance.randint(1, 6))]
            usual = [(field, values[0]) for field, values in asked.items()]
            query = urlencode([*usual, *hostile], quote_via=quote)
            response = ask(client, f"/live/{key}?{query}")
            if response.status_code == 422:
                assert "expected" in response.json()["problem"]
                response = ask(client, f"/live/{key}?{Settings.repaired(query)[0].to_query()}")
            assert response.status_code == 200, (key, query)
            answer, found = unpack(response)
            said = " ".join(str(part) for part in answer["words"].values())
            assert not re.search(r"\b(nan|inf)\b", said.lower()), (query, said)
            for attributes in found.values():
                for path, values in attributes.items():
                    assert not np.isinf(values).any(), (query, path)
                    gaps = path in ("x", "y", "z", "customdata")  # where NaN is drawn as nothing
                    assert gaps or np.isfinite(values).all(), (query, path)


def compiles_nothing_under_its_sliders(name: str, compilations: list) -> None:
    """After one visit, no number that a slider gives makes XLA compile anything in the figure at the top."""
    chance = random.Random(1)
    mine = declarations(pages()[name].settings)
    moved = [field for field, spec in mine.items() if spec.kind == "number"]
    top = next(iter(pages()[name].figures))
    start = small()
    seen = None
    for turn in range(6):
        changes = {field: another_value(field, chance) for field in moved}
        gain, seed = chance.uniform(0.1, 3.0), chance.randint(0, 999)
        experiment = start.experiment.replace(gain=gain, seed=seed, length=chance.randint(20, 60))
        settings = start.replace(experiment=experiment, **changes)
        draw(top, settings)
        if turn == 1:
            seen = len(compilations)
    assert len(compilations) == seen


PROMISES = (
    declares_itself,
    opens_for_every_cell,
    shows_its_figures_without_the_live_component,
    draws_what_plotly_accepts_and_names_every_mark,
    says_something_in_whole_sentences,
    answers_its_routes,
    keeps_its_fields_in_the_address,
    opens_every_claim,
    shows_what_each_claim_says,
    withstands_hostile_queries,
)
