"""Is carrying the gradient enough?"""

from app import sidebar, widgets
from app.language import _
from app.views.price import PAGE

settings = sidebar.current()

widgets.title(PAGE)
widgets.heights({"price_correlated": 570, "price_cells": 570})
widgets.figure("price", settings, experiment=False, sliders=("price_memory",), picks={"x": "price_memory"})
widgets.formula(
    r"\begin{gathered}\mathbb{E}\,h^2=\tfrac{1}{1-\lambda^2}\qquad \lambda:\ \tfrac{1+\lambda^2}{(1-\lambda^2)^3}\\"
    r"\lambda,\ \sqrt{1-\lambda^2}\,x:\ \tfrac{1}{(1-\lambda^2)^2}\\"
    r"\nu:\ \tfrac{(\lambda\ln\lambda)^2}{(1-\lambda^2)^2}\to\tfrac14\qquad \omega:\ 1\qquad "
    r"z:\ \tfrac{2\lambda^2}{(1+\lambda)^2}\to\tfrac12\end{gathered}",
    _("The state’s power, and the mean square of the derivative by each parameter; arrows say where λ → 1 leads."),
)
widgets.section(
    _("And if inputs resemble their neighbours?"),
    _("Move r: solid lines leave the dashed ones of white input, by the factor on the right."),
)
widgets.figure("price_correlated", settings, top=False, sliders=("price_correlation",))
widgets.formula(
    r"\begin{gathered}\mathbb{E}\,h^2=\tfrac{1+\lambda r}{(1-\lambda^2)(1-\lambda r)}\\"
    r"\mathbb{E}\left(\tfrac{dh}{d\lambda}\right)^2=\tfrac{(1-r^2)(1+\lambda^2)}{(1-\lambda^2)^3(1-\lambda r)^2}\\"
    r"{}+\tfrac{2\lambda r(1-r^2)}{(1-\lambda^2)^2(1-\lambda r)^3}"
    r"+\tfrac{r^2(1-\lambda^2r^2)}{(1-\lambda^2)(1-\lambda r)^4}\end{gathered}",
    _("With r = 0 these are the two of white input."),
)
widgets.section(
    _("What do our own cells pay?"),
    _("Look for the curves that rise with the half-life, and for those that stay level: a gate pays for itself."),
)
widgets.figure("price_cells", settings, top=False, more=widgets.LAZY)
widgets.claims(PAGE)
widgets.legend(PAGE, settings)
