"""What this page adds to the address: a lesson and a step of it."""

from dataclasses import dataclass

from app.language import _
from app.live import board
from app.settings import Settings
from app.views.lessons.lesson import MOST_STEPS, Lesson, unpacked
from app.views.lessons.library import lessons
from cells.fields import declared

OWN = "own"
"""The lesson that the link itself carries."""
LONGEST = 16_000
"""Characters of a lesson in a link."""


def names() -> dict[str, str]:
    """{name: title} of the lessons to choose from."""
    return {name: lesson.title for name, lesson in lessons().items()} | {OWN: _("a lesson of your own")}


def known(data: str) -> str:
    """A lesson as a link carries it, if it can be read."""
    if data:
        unpacked(data)
    return data


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's fields.

    Attributes:
        lesson: its name.
        lesson_step: the step shown; beyond the lesson's end it is the last one.
        lesson_data: a lesson of one's own, see `lesson.packed`.
        room: code of the room that the link leads into.
    """

    lesson: str = declared("tour", "choice", "lesson", choices=names)
    lesson_step: int = declared(1, "whole", "step of the lesson", 1, MOST_STEPS)
    lesson_data: str = declared(
        "",
        "text",
        "lesson in the link",
        0,
        LONGEST,
        help="a lesson packed into letters, digits, - and _",
        pattern=r"[\w-]*",
        check=known,
        example="lesson=own&lesson_data=eNqrVirJLMlJVbJS8s3MS1XSUUpMyi8tAXL981IViktSC_SAYiC6WMkquhqu2Cc_PxsoUViaW"
        "lySmZ8HFAnPSCxRyCxWyElNK7EH6cnILweJpydm5tka6Jkq1cbWAgCR4iMp",
    )
    room: str = declared(
        "",
        "text",
        "room",
        0,
        5,
        help="five letters, none a vowel",
        pattern=f"[{board.LETTERS}]*",
        example=f"room={board.LETTERS[:5]}",
    )


def chosen(settings: Settings) -> Lesson:
    """The lesson chosen; the first where a link promises one of its own and carries none."""
    if settings.lesson == OWN and settings.lesson_data:
        return unpacked(settings.lesson_data)
    return lessons().get(settings.lesson) or next(iter(lessons().values()))


def place(settings: Settings) -> int:
    """The step chosen, counted from 0."""
    return min(settings.lesson_step, len(chosen(settings).steps)) - 1
