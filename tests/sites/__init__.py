"""Comparison of a site's feeds with expected entries: `python -m tests.sites FOLDER`."""
