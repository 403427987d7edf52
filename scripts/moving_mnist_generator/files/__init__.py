"""Sequences as Parquet files: planned, made, and compared with what is there."""

ENGINES = ("local", "ray")  # processes of this machine, or a Ray cluster
