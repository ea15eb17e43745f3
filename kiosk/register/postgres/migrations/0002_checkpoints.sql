-- Signed checkpoints, by which a kiosk's history is held apart from its rows, and by which the register proves itself.

CREATE TABLE IF NOT EXISTS sealgate_checkpoints (
    kiosk TEXT NOT NULL,
    size BIGINT NOT NULL,           -- how many entries were signed for
    root TEXT NOT NULL,             -- the Merkle root over them, in hex
    note TEXT NOT NULL,             -- the signed note: it alone is evidence, the columns are for looking
    key TEXT NOT NULL,              -- the public key that signed, as the kiosk says; check with one that came another way
    sent TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (kiosk, size, root)
);

ALTER TABLE sealgate_refusals ADD COLUMN IF NOT EXISTS by_checkpoint BOOLEAN NOT NULL DEFAULT false;
