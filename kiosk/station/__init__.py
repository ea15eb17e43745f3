"""The event queue, the effect runner, and the supervision of devices, ledger and records. Runs without a screen."""
