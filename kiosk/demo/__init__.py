"""The kiosk on bench hardware and a sample site."""
