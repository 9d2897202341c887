"""How programs name the arrays of a recurrent layer and lay them out, one a module, found and not listed.

A module has an `ORDER` and `layers`: (Contents, names already used) -> Reading.
"""
