"""Steps of lessons that are tried in a browser; text as a lecturer writes it."""

SHOWN = "cell=rnn&overlay=rnn&length=40&hidden_size=8"
ESTIMATE_AND_DRAW = f"""
[[steps]]
title = "Estimate"
question = "What is left?"
shown = "{SHOWN}&gain=0.8"
truth = "{{log10_ratio}} is left."
[steps.number]
measure = "log10_ratio"
low = -12
high = 0
[[steps]]
title = "Draw"
question = "Where does it go?"
shown = "{SHOWN}&gain=0.7&axis=near"
truth = "{{factor}} a step."
notes = "Give them a minute."
[steps.curve]
"""
