"""What the staff console shows and asks, as values: no terminal, no clock, no socket."""
