"""``sealgate doctor --walk``: the installer's walk-through. `walk.py` lists its steps; `command.py` runs it."""
