"""The seal reader's firmware: its tasks, and what each board is. firmware/README.md tells how it is built."""
