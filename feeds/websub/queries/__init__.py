"""Longer queries: SQL for SQLite, and scripts for Redis."""

from pathlib import Path


def read_query(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")
