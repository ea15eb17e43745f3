"""What comes in: approved lists, RACA certificates, drivers, staff and load records, as CSV files."""
