"""Updating the office's own workbook by seal number: only our columns change, and all else of it stays.

Theory of operation. No library keeps all that a workbook may hold: openpyxl drops charts, pictures, pivot tables and
whatever Excel will invent next, and says nothing. So nothing is read into objects and written anew. The XML of the one
sheet is looked through for where its cells stand (`xml_places`, `sheet_places`), what shall change is worked out
(`plan`), and those bytes alone are exchanged (`patch`); all other parts of the file are copied. What formulas came to
is taken away, so that every program works them out anew. What cannot be done without spoiling something is refused.
"""
