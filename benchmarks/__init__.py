"""How long a plan takes, beside the same assignments computed with DuckDB and Polars."""
