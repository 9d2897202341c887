"""What the page on the price of memory claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings


def claims() -> list[Claim]:
    """In the order of a lecture."""
    return [
        Claim(
            "enough",
            _("λ = 0.999: no gradient explodes, and the power of dh/dλ is 500 000 times that of h"),
            Settings(price_memory=1000.0),
            {"price_memory": 2.0},
        ),
        Claim(
            "cured",
            _("λ = 0.9999: by ω of λ = tanh ω the price is 1, as it is at every λ"),
            Settings(price_memory=10_000.0),
            {"price_memory": 10.0},
        ),
        Claim(
            "alike",
            _("Inputs like their neighbours, r = 0.9: scaled by √(1 − λ²), power and price by ω are nearly 19, not 1"),
            Settings(price_memory=10_000.0, price_correlation=0.9),
            {"price_correlation": 0.0},
            figure="price_correlated",
        ),
        Claim(
            "alternating",
            _("Inputs that alternate, r = −0.9: a slow unit hardly hears them, and nothing moves it much"),
            Settings(price_memory=10_000.0, price_correlation=-0.9),
            {"price_correlation": 0.0},
            figure="price_correlated",
        ),
    ]
