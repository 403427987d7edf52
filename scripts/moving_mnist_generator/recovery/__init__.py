"""Frames -> the digits in them and where they are, proven by painting the frames again."""
