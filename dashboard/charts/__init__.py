"""Figures as pure functions: frames and a palette in, a Plotly figure out."""
