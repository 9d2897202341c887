"""What can you predict?"""

from app import sidebar, widgets
from app.language import _
from app.settings import defaults
from app.views.lessons import PAGE, making, room, steps
from app.views.lessons import widgets as mine
from app.views.lessons.settings import chosen

settings = sidebar.current()
lesson = chosen(settings)

widgets.title(PAGE, "lesson", width=360)
widgets.figure(
    "step",
    settings,
    experiment=False,
    more={
        "lesson": {
            "key": settings.lesson,
            "memory": making.memory(settings),
            "first": defaults()["lesson"],
            "title": lesson.title,
            "about": lesson.about,
            "steps": steps.of(lesson),
            "others": steps.others(settings.lesson),
        },
        "labels": mine.labels() | making.handout_labels(),
        "room": room.labels(),
    },
)
widgets.section(_("Bring a lesson, or take one along"), _("A lesson is a text file that anybody can write."))
mine.exchange(settings, lesson)
widgets.section(
    _("Make your own"),
    _("Collect pictures on any page with “Add to my lesson”, and ask about them here. It stays in this browser."),
)
making.maker(settings, lesson)
widgets.legend(PAGE, settings)
