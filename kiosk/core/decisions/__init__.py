"""How a visit decides on each event. Pure: from the file and the situation to an outcome and a new file.

One module for each part of a visit; ``deciding`` holds what they share. Which state each outcome leads to stands in
the table of kiosk.core.visit, nowhere else.
"""
