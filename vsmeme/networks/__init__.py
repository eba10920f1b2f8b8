"""Networks in the graph: models, backends, tiles."""
