"""Sequences of any origin, opened by one function."""
