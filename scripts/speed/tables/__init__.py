"""One file for each table, with a function `rows(scale)` that measures it."""
