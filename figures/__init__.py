"""How a result is drawn: result in, Plotly figure or escaped HTML out."""
