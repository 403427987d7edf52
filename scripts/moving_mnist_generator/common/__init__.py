"""What all other packages use: rules for arguments, names, fields and columns, tables of rows, random numbers."""
