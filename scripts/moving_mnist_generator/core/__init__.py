"""Variants and the sequences that they describe: `generate`, rendering, `Recipe`."""
