"""The web server around the staff console: it knows of the console only how to start it."""
