"""An experiment as a script that runs elsewhere: with `cells`, or with a framework that is not of this house.

    >>> from cells import Experiment
    >>> from cells.code import script
    >>> "nn.LSTM" in script("torch", Experiment(cell="lstm", length=20)).text
    True

The script has the numbers of the experiment in it, draws nothing, and prints for every step the norm of h and log10 of
the norm of dL/dh. A framework is a file of `cells.code.frameworks`.
"""

from cells.code.writing import CodeError, Script, all_frameworks, refusal, script

__all__ = ["CodeError", "Script", "all_frameworks", "refusal", "script"]
