"""No sentence without an entry, and no entry for a sentence that is gone."""

from tests.said.register import entries, templates


def test_every_template_has_an_entry():
    missing = [f"{module}: {template}" for template, module in templates().items() if template not in entries()]
    assert missing == []


def test_every_entry_is_of_a_template():
    assert sorted(entries() - templates().keys()) == []
