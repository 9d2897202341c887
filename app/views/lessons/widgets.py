"""What the script of a lesson says, and the file that a lesson is."""

import streamlit as st

from app import notice, sidebar
from app.language import _
from app.settings import Settings
from app.views.lessons.lesson import MOST_BYTES, Lesson, LessonError, packed, read, written
from app.views.lessons.settings import LONGEST, OWN


def labels() -> dict[str, str]:
    """What the script says."""
    return {
        "step": _("Step {number} of {count}"),
        "steps": _("All steps"),
        "choose": _("What do you expect?"),
        "estimate": _("Move the slider to your estimate."),
        "draw": _("Draw the curve you expect, from the loss on the right to step 1 on the left."),
        "draw_keys": _("Draw with keys: left and right choose a place, up and down set it"),
        "again": _("Draw anew"),
        "look": _("Look"),
        "skip": _("Look without a guess"),
        "back": _("Back"),
        "next": _("Next"),
        "end": _("That was the last step. Which lesson next?"),
        "right": _("As you expected: {answer}"),
        "wrong": _("You expected: {guess}. It is: {answer}"),
        "neither": _("You expected: {guess}. It is none of these."),
        "decades": _("Your estimate {guess}, measured {value}: off by {off} decades."),
        "factor": _("Your estimate {guess}, measured {value}: off by a factor of {off}."),
        "drawn": _("Your curve is off by {off} decades on average."),
        "try": _("Try it"),
        "reset": _("Back to the step’s picture"),
        "open": _("Open in the laboratory: {page}"),
        "close": _("Close"),
        "present": _("Present"),
        "following": _("Then: {title}"),
    }


def exchange(settings: Settings, lesson: Lesson) -> None:
    """Take the lesson along as a file, or bring one."""
    left, right = st.columns(2)
    left.download_button(
        _("Download this lesson"), written(lesson), "lesson.toml", "application/toml", icon=":material/download:"
    )
    file = right.file_uploader(_("Open a lesson (TOML)"), type=["toml", "txt"], key="lesson_file", max_upload_size=2)
    if file is None:
        return
    try:
        found = packed(read(_text(file.getvalue())))
        if len(found) > LONGEST:
            text = _("Expected a lesson of at most {most} characters when packed; got {count}.")
            raise LessonError(text.format(most=LONGEST, count=len(found)))
    except LessonError as error:
        notice.problem(str(error))
        return
    right.button(
        _("Show this lesson"),
        type="primary",
        on_click=sidebar.take,
        args=({"lesson": OWN, "lesson_data": found, "lesson_step": 1},),
    )


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise LessonError(_("Expected at most {most} bytes; got {count}.").format(most=MOST_BYTES, count=len(content)))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LessonError(_("Expected a text file in UTF-8; got other bytes.")) from None
