"""The lessons that come with the laboratory: every folder of `app/lessons` with a lesson.toml is one."""

from pathlib import Path

from app.language import _, in_each_language
from app.views.lessons.lesson import Lesson, read

FOLDER = Path(__file__).parents[2] / "lessons"


@in_each_language
def lessons() -> dict[str, Lesson]:
    """Every lesson by the name of its folder, in their order."""
    found = {path.parent.name: read(path.read_text(encoding="utf-8"), _) for path in FOLDER.glob("*/lesson.toml")}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
