"""Build an edition: scan, parse, select, render, export."""
