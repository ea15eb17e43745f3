"""What is printed: pages of A4 as PDF."""
