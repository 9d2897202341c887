"""Formats of files, one a module, found and not listed.

A module has a `LABEL` in prose, an `ORDER` in which it is asked, `recognises` (File -> bool, by its first bytes or its
name) and `contents` (File -> Contents). It reads and runs nothing that a file says.
"""
