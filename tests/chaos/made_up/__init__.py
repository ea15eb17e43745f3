"""One kiosk in made-up time, in this process: its station, ledger, drivers' glue and gate, real; its clocks not."""
