"""What comes in: approved list, drivers, load records."""
