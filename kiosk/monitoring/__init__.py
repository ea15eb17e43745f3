"""The kiosk in figures, for Prometheus: what is counted, what is looked up, and how it gets out (docs/monitoring.md).

The station knows nothing of this room; it is told what the station tells its witness and its screens. Only
`families.py`, `publishing.py` and `http.py` know Prometheus' library: they are loaded a while after the start, and only
where site.toml asks for figures.
"""
