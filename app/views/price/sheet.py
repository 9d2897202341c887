"""For teachers: the price of memory."""

from app.language import _
from app.sheet import Example, Question, Sheet


def sheet() -> Sheet:
    """In the order of a lesson."""
    return Sheet(
        goal=_(
            "Tell carrying a gradient from learning with it: derive how far λ moves a state, and choose a parameter "
            "that does not pay for memory."
        ),
        questions=(
            Question(
                "enough",
                _("h = λ h + x with λ = 0.99: can a gradient explode? How far does λ itself move the state?"),
                _(
                    "No: a step back multiplies by 0.99. But dh/dλ adds up h at every step. On white input its mean "
                    "square is (1 + λ²)/(1 − λ²)³ = 2.513·10⁵, which is 5000 times E h² = 50.25. From λ = 0.99 to "
                    "0.999 it grows 995-fold."
                ),
                (
                    Example(_("λ = 0.99"), "price"),
                    Example(_("λ = 0.999"), "price?price_memory=1000"),
                ),
            ),
            Question(
                "parameter",
                _("The LRU trains ν of λ = exp(−e^ν) and scales its input by √(1 − λ²). What does each of them buy?"),
                _(
                    "The scale brings E h² to 1 and the price by λ from (1 + λ²)/(1 − λ²)³ to 1/(1 − λ²)². By ν there "
                    "is a factor (λ ln λ)² more, and for λ near 1 the price comes to 1/4. At λ = 0.999 these are "
                    "2.501·10⁸, then 2.503·10⁵, then 0.25."
                ),
                (Example(_("λ = 0.999"), "price?price_memory=1000"),),
            ),
            Question(
                "correlated",
                _("Real inputs resemble their neighbours. What does a correlation of 0.9 do to a unit of λ = 0.9999?"),
                _(
                    "Near λ = 1 it multiplies E h² and the price by λ by (1 + r)/(1 − r) = 19. So the scale made for "
                    "white input falls short: scaled, the state has the power 18.98. The price by ω is exactly that "
                    "power, for any input: a filter that changes no frequency’s size makes one of the other."
                ),
                (Example(_("r = 0.9"), "price?price_memory=10000&price_correlation=0.9"),),
            ),
        ),
        simplifies=(
            _("One linear unit: a network adds up many, and what is nonlinear bounds the state."),
            _("The parameter is one number with one gradient; optimisers that rescale gradients hide some of it."),
            _("Formulas are of the long run: a sequence shorter than the memory stops the growth before that."),
        ),
    )
