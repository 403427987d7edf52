"""How work is done and stopped: processes, Ray, signals, locks, files that are whole or absent."""
