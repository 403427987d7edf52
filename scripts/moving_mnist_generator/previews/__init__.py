"""Rows of the dataset -> what people look at: animated pictures, contact sheets, a page to browse.

rows.py         which rows, read from any source, a few at a time
marks.py        where digits are: boxes, paths
forecasts.py    predictions beside the truth
pictures.py     animated pictures and contact sheets
drawing.py      marks and words on enlarged frames
page.py         one HTML file; its own files are in page/
"""
