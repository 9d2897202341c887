"""Figures that follow the finger: the browser component, what its sliders are, and the routes it asks."""
