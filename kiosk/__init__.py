"""The gate kiosk of a secure load site."""
