"""Files for people and proofs for machines, rendered from the graph. Only scripts import it."""
