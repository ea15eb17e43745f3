"""``sealgate support``: one file with what an engineer needs to help from afar, without secrets and names.

What goes in is a list of parts (`bundle.py`), each of which takes what it names and nothing else. What is free text
goes through `withheld.py`, and before anything is written all of it is searched for every name and secret of the kiosk.
"""
