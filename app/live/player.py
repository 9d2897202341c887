"""What a page tells the player: the field of the picture that counts its updates, and its words.

A page shows a course so:

    stage.figure("name", picture, more=player.controls(picture, stop=1500))  # the figure with the player
    stage.figure("other", picture, controls=False, more=player.follows())  # further down: shows what is shown above

The frame of "name" adds `more=lambda picture, mode: player.state(courses, picture.updates)`, and its `progress` is
`courses.begun(courses, picture.updates, whole=picture.plain)`. Its figure draws `course.records(picture.updates)`: what
exists. A frame further down draws the same, from its own words, figure and `progress`. One player a field and page.
"""

from collections.abc import Iterable
from typing import Any

from app.background import training as courses
from app.language import _
from app.settings import Picture, view_specs


def controls(picture: Picture, *, stop: int, field: str = "updates", unit: str = "") -> dict[str, Any]:
    """What the live figure's script reads.

    Args:
        picture: what is shown.
        stop: updates at which playing stops, unless the reader says otherwise.
        field: the whole-number field of the picture that counts updates.
        unit: what is counted; updates where empty.
    """
    unit = unit or _("updates")
    return {
        "script": "player.js",
        "player": {
            "field": field,
            "default": Picture.__dataclass_fields__[field].default,
            "most": view_specs()[field].high,
            "stop": max(stop, getattr(picture, field)),
            "texts": {
                "player": _("Player"),
                "play": _("Play"),
                "pause": _("Pause"),
                "step": _("One chunk further"),
                "rewind": _("Back to the same start"),
                "stop": _("stop at"),
                "done": "{updates} " + unit,
                "of": _("{reached} of {target}") + f" {unit}",
                "left": _("about {seconds} s left"),
            },
        },
    }


def follows(field: str = "updates") -> dict[str, Any]:
    """What a lower figure's script reads, that shows what the player shows."""
    return {"follows": field}


def state(followed: Iterable[courses.Course], updates: int) -> dict[str, Any]:
    """What the player reads of a frame, its `more`."""
    return {"course": courses.state(followed, updates)._asdict()}
