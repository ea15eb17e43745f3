"""Signatures checked in MicroPython.

usage: ed25519_vectors.py FILE    JSON: a list of {name, key, text, signature} in hexadecimal

Prints, as JSON: for each by its name whether it is right, and whether it is with its text altered; the digest of each
text; milliseconds for one of them.
"""

import json
import sys
import time
from binascii import hexlify, unhexlify

from reader.ed25519 import verify
from reader.sha512 import sha512

right, altered, digests, took_ms = {}, {}, {}, []
with open(sys.argv[1]) as file:
    vectors = json.load(file)
for vector in vectors:
    key, text, signature = (unhexlify(vector[name]) for name in ("key", "text", "signature"))
    begun = time.time_ns()
    right[vector["name"]] = verify(key, text, signature)
    took_ms.append((time.time_ns() - begun) / 1e6)
    altered[vector["name"]] = verify(key, text + b"?", signature)
    digests[vector["name"]] = hexlify(sha512(text)).decode()
print(json.dumps({"right": right, "altered": altered, "digests": digests, "ms": sorted(took_ms)[len(took_ms) // 2]}))
