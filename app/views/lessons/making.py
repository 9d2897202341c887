"""Making a lesson in the browser, and printing one: what the scripts are given, and what they say."""

import dataclasses
import zlib

from app import sidebar, widgets
from app.language import _
from app.live import component
from app.page import figures, page_of, pages
from app.settings import Settings
from app.views.lessons.lesson import MOST_STEPS, STEP, Lesson, packed
from app.views.lessons.settings import OWN, Fields

APART = ("present", "plain", "embed", "hide", "fix")
"""How an address is shown; with this page's own fields, what is no part of a picture."""


def memory(settings: Settings) -> str:
    """Under which name a browser keeps what is predicted: two lessons of one's own are two."""
    own = settings.lesson == OWN
    return f"{OWN}.{zlib.crc32(settings.lesson_data.encode()):08x}" if own else settings.lesson


def maker(settings: Settings, lesson: Lesson) -> None:
    """The part of the page in which a lesson is made of pictures that were collected."""
    component.script(
        "maker",
        "views/lessons/maker.js",
        {
            "labels": maker_labels(),
            "figures": {
                name: {
                    "title": pages()[page_of(name)].title(),
                    "address": component.address_of(page_of(name)),
                }
                for name, figure in figures().items()
                if name != STEP
            },
            "apart": [*APART, *(field.name for field in dataclasses.fields(Fields))],
            "most": MOST_STEPS,
            "lesson": {"title": lesson.title, "packed": packed(lesson), "live": not widgets.is_plain(settings)},
        },
        on_wanted=lambda: sidebar.take_text(component.handed_over("maker", "wanted")),
    )


def maker_labels() -> dict[str, object]:
    """What the script says with which a lesson is made."""
    return {
        "copy": _("Edit a copy of “{title}”"),
        "print": _("Print a handout of the lesson above"),
        "anew": _("Start anew"),
        "undo": _("Undo"),
        "replaced": _("Another lesson is in its place."),
        "deleted": _("The step is deleted."),
        "taken": _("The picture added last is what this step reveals."),
        "unkept": _("This browser keeps nothing: what you write is lost with the page."),
        "none": _("Nothing is collected yet. “Add to my lesson” stands beside “Copy link” above every live figure."),
        "lesson_title": _("Title of the lesson"),
        "about": _("What one can say afterwards, in a sentence"),
        "out": _("Your lesson"),
        "up": _("Move up"),
        "down": _("Move down"),
        "delete": _("Delete"),
        "untitled": _("without a title"),
        "computing": _("Computing …"),
        "done": _("complete"),
        "unfinished": _("not complete"),
        "shown": _("While the question stands"),
        "revealed": _("Revealed"),
        "always": _("Shown; its marks are hidden while something is to be predicted"),
        "open": _("Open in the laboratory"),
        "take": _("Reveal the picture added last"),
        "stay": _("Reveal nothing else"),
        "other_figure": _("The picture added last is of another figure."),
        "no_other": _("Add another picture to reveal it here."),
        "title": _("Title"),
        "question": _("Question"),
        "kind": _("What is predicted"),
        "kinds": {
            "": _("nothing: one looks and tries"),
            "choice": _("one of two to four answers"),
            "number": _("a number"),
            "curve": _("a curve, drawn"),
        },
        "measure": _("Measure"),
        "minus": _("less"),
        "nothing": _("nothing"),
        "decades": _("This measure is a logarithm: −6 means 10⁻⁶."),
        "no_measures": _("This figure offers no measures; a curve can be predicted, or nothing."),
        "answer": _("Answer {number}"),
        "where": _("Where it is right"),
        "between": _("right where the measure lies"),
        "never": _("never right"),
        "low": _("from"),
        "high": _("to"),
        "least": _("least estimate"),
        "largest": _("largest"),
        "here": _("Right for this picture"),
        "remove": _("Remove answer {number}"),
        "more": _("One more answer"),
        "now_right": _("{measure} = {value}: answer {number} is right."),
        "none_right": _("{measure} = {value}: none of the answers is right."),
        "trace": _("Curve"),
        "first": _("the first"),
        "no_curve": _("Only curves over all steps can be drawn, and this figure has none on its first axes."),
        "truth": _("The truth, in a sentence"),
        "why": _("Why it is so"),
        "try": _("What to try then"),
        "notes": _("Notes for the speaker"),
        "numbers": _("Numbers to put into the truth: computed anew when somebody looks"),
        "reads": _("It reads: {text}"),
        "sliders": _("Sliders to move then"),
        "checking": _("Checking …"),
        "missing": _("Not complete:"),
        "ready": _("Complete: {count} of {count} steps."),
        "preview": _("Preview"),
        "preview_step": _("Preview this step"),
        "link": _("Copy link to the lesson"),
        "copied": _("Link copied"),
        "file": _("Download as a file (TOML)"),
        "window": _("Open in a new window"),
    }


def handout_labels() -> dict[str, str]:
    """What a lesson on paper says."""
    return {
        "preparing": _("Preparing {number} of {count}"),
        "cancel": _("Cancel"),
        "broken": _("A picture could not be made; nothing is printed."),
        "name": _("Name"),
        "date": _("Date"),
        "mark_number": _("Mark your estimate:"),
        "draw_here": _("Draw the curve you expect into the axes above."),
        "because": _("Because:"),
        "right_is": _("Right: {answer}"),
        "answers": _("Answers: {title}"),
        "screen": _("On the screen: {address}"),
    }
