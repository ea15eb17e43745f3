"""``sealgate doctor``: what is wrong with this kiosk, and how to mend it. One file a check; `doctor.py` lists them."""
