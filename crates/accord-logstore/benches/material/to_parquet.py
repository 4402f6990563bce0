"""JSON lines to Parquet by DuckDB, with two threads: nothing matched, no original bytes, no postings.

to_parquet.py LOG OUT prints the seconds and the bytes of the file it makes.
"""

import os
import sys
import time

import duckdb

log, out = sys.argv[1:3]
connection = duckdb.connect()
connection.execute("set threads = 2")
began = time.perf_counter()
source = f"read_json_auto('{log}', format = 'newline_delimited', ignore_errors = true)"
connection.execute(f"copy (select * from {source}) to '{out}' (format parquet, compression zstd)")
print(f"{time.perf_counter() - began:.3f} {os.path.getsize(out)}")
