"""The version of the program, as plans and the ledger name it."""

VERSION = "0.1.0"
