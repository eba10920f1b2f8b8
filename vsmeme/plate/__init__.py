"""The background plate in the graph, and the ledger of its generation."""
