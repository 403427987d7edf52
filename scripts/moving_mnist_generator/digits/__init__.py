"""Sources of digits, and the pool of them from which each split draws."""
