"""How a result is drawn: result in, Plotly figure or escaped HTML out."""

from plotly.graph_objects import Figure

__all__ = ["Figure"]
