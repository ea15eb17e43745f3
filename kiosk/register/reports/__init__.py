"""What is printed of the ledger's entries, for people who were not there: auditors, Customs, the export office."""
