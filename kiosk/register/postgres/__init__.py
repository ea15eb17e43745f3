"""The register of many kiosks and sites in PostgreSQL: what each kiosk sends to it, and what it gives back."""
