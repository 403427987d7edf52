"""Sequences as Parquet files: planned, made, and compared with what is there."""
