"""What every figure is drawn with: colours, axes, traces and shapes, as plain Plotly dicts."""
