"""What the script of a lesson says of a room."""

from app.language import _


def labels() -> dict[str, str]:
    """What the script says."""
    return {
        "room": _("Room"),
        "open": _("Open a room"),
        "join": _("Join a room"),
        "code": _("code of the room"),
        "enter": _("Join"),
        "no_code": _("A code has five letters, none of them a vowel."),
        "opening": _("Opening the room …"),
        "offline": _("The server does not answer; it is asked again."),
        "door": _("Open {address} and join the room"),
        "picture": _("Link into the room, for a telephone’s camera"),
        "forgets": _(
            "No names. The room and all that is predicted in it are forgotten after an hour, or when it is closed."
        ),
        "begin": _("Begin"),
        "copy": _("Copy link"),
        "copied": _("Link copied"),
        "show_code": _("Show the code"),
        "present": _("{present} present"),
        "answered": _("{answered} of {present} answered"),
        "show": _("Show the predictions"),
        "holds": _("Nobody looks before I do"),
        "close": _("Close the room"),
        "none": _("Nobody has predicted anything yet."),
        "curves": _("Curves: {count}. The thick one is their median."),
        "median": _("Median of the predictions: {value}."),
        "measured": _("Measured: {value}."),
        "in_room": _("Room {code}"),
        "leave": _("Leave the room"),
        "anonymous": _("What you predict is seen on the lecturer’s screen, without a name."),
        "sent": _("Sent, without a name. You may change it until you look."),
        "held": _("The lecturer still holds it back"),
    }
