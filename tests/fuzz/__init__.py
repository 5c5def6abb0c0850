"""Fuzzing, outside the test suite: `make fuzz` runs it, `tests/test_fuzz.py` runs a few inputs of each target."""
