"""What a screen may ask of the station and what it is told."""
