"""NumPy in, Plotly out. Nothing here knows Streamlit or JAX."""
