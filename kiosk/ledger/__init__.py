"""The uplift ledger: TinyDB over an append-only, chained journal."""
