"""Training: the tasks, the loop, what learns (`learners`), and a search over its settings."""
