-- The register: what kiosks sent, what was found in it, and what the office gives them.
--
-- Every statement may run again: a database whose CREATE TABLE is not part of the transaction (YugabyteDB, CockroachDB)
-- may stop between two of them.

CREATE TABLE IF NOT EXISTS sealgate_kiosks (
    kiosk TEXT PRIMARY KEY,         -- the ledger's id, from its first entry
    site TEXT NOT NULL,
    gate TEXT NOT NULL,
    entries BIGINT NOT NULL,        -- entries 1 to this one are here, each once
    digest TEXT NOT NULL,           -- of that last one; 64 zeros before the first
    looked BIGINT NOT NULL,         -- up to here it was looked for seals that other kiosks uplifted too
    first_seen TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_sent TIMESTAMPTZ
);

CREATE TABLE IF NOT EXISTS sealgate_entries (
    kiosk TEXT NOT NULL,
    seq BIGINT NOT NULL,
    time TIMESTAMPTZ NOT NULL,
    clock TEXT NOT NULL,
    boot TEXT NOT NULL,
    monotonic_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body JSONB NOT NULL,            -- a text, and not an object, where a text in it has a NUL: then it is the body's JSON
    digest TEXT NOT NULL,
    PRIMARY KEY (kiosk, seq)
);

CREATE TABLE IF NOT EXISTS sealgate_uplifts (
    kiosk TEXT NOT NULL,
    seq BIGINT NOT NULL,
    place INTEGER NOT NULL,         -- which of the entry's uplifts, from 1
    seal TEXT NOT NULL,
    seal_key TEXT NOT NULL,         -- without spaces and hyphens, in capitals: sites tidy numbers differently
    unit TEXT NOT NULL,
    time TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kiosk, seq, place)
);

CREATE INDEX IF NOT EXISTS sealgate_uplifts_seal ON sealgate_uplifts (seal_key);

CREATE TABLE IF NOT EXISTS sealgate_alerts (
    kiosk TEXT NOT NULL,            -- who is told
    seq BIGINT NOT NULL,            -- its own uplift
    place INTEGER NOT NULL,
    other_kiosk TEXT NOT NULL,
    other_seq BIGINT NOT NULL,
    other_place INTEGER NOT NULL,
    raised TIMESTAMPTZ NOT NULL DEFAULT now(),
    recorded BIGINT,                -- the kiosk's entry register-alert that says so; NULL until it has come
    PRIMARY KEY (kiosk, seq, place, other_kiosk, other_seq, other_place)
);

CREATE TABLE IF NOT EXISTS sealgate_refusals (
    kiosk TEXT NOT NULL,
    seq BIGINT NOT NULL,            -- the first entry that is another than the one sent before
    digest TEXT NOT NULL,           -- what the kiosk has there now; empty: nothing
    refused TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (kiosk, seq, digest)
);

CREATE TABLE IF NOT EXISTS sealgate_documents (
    number BIGINT PRIMARY KEY,
    site TEXT NOT NULL,             -- empty: for every site
    kind TEXT NOT NULL,
    content BYTEA NOT NULL,         -- the file, byte for byte
    published TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS sealgate_deliveries (
    kiosk TEXT NOT NULL,
    document BIGINT NOT NULL,
    answered TIMESTAMPTZ NOT NULL DEFAULT now(),
    refused TEXT NOT NULL,          -- why the kiosk did not take it; empty: it did
    PRIMARY KEY (kiosk, document)
);

CREATE TABLE IF NOT EXISTS sealgate_revoked_cards (
    site TEXT NOT NULL,             -- empty: at every site
    card TEXT NOT NULL,             -- the number printed on it, or what a reader sees of it, such as TYPE_2:04A1B2C3D4E5F6
    reason TEXT NOT NULL,
    revoked TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (site, card)
);
