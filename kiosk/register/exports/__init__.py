"""What goes out: the ledger as the sheets that an export office keeps."""
