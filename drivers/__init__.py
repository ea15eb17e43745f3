"""One file a device. Each reports its own plain values and knows nothing of the kiosk."""
