"""Stub."""


def bench(row: object) -> None:
    """Nothing yet."""
