import pytest

from tests.said.register import Said, open_link


@pytest.fixture
def said(request) -> Said:
    """What the link of the test's `says` says; every template it names is among it."""
    mark = request.node.get_closest_marker("says")
    link, *named = mark.args
    found = open_link(link, **mark.kwargs)
    assert [template for template in named if template not in found.spoken] == []
    return found
