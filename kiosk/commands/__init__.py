"""What `sealgate` does when it is told on a command line; kiosk.cli reads the words, one module here does each."""
