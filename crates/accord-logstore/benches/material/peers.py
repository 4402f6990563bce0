"""The question of a hunt, asked of another program over the same Parquet files: how many lines, by file and day, have one of the
values in a column that can hold it. Values are compared whole, which is the easier question: no parents of names, no networks.

peers.py PROGRAM STORE VALUES ROUNDS prints the median of the rounds, ms, and how many lines there are.
"""

import glob
import statistics
import sys
import time

program, store, values, rounds = sys.argv[1:5]
files = sorted(glob.glob(f"{store}/segments/*/*/columns.parquet"))
with open(values, encoding="utf-8") as text:
    wanted = [line.strip() for line in text if line.strip()]
TEXT = [
    "src_endpoint_ip", "dst_endpoint_ip", "unmapped_nat_src_ip", "src_endpoint_hostname", "dst_endpoint_hostname",
    "query_hostname", "http_request_url_hostname", "http_request_url_url_string", "tls_sni", "email_from",
]
LISTS = ["answers_rdata", "email_to", "file_hashes_value"]


def duckdb_asks():
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 2")
    connection.execute("create table wanted (value varchar)")
    connection.executemany("insert into wanted values (?)", [[value] for value in wanted])
    there = {row[0] for row in connection.execute("describe select * from read_parquet(?, union_by_name = true)", [files]).fetchall()}
    plain = [f"{name} in (select value from wanted)" for name in TEXT if name in there]
    lists = [f"list_has_any({name}, (select list(value) from wanted))" for name in LISTS if name in there]
    query = (
        "select filename, date_trunc('day', time) as day, count(distinct line) from read_parquet(?, union_by_name = true, "
        f"filename = true) where {' or '.join(plain + lists)} group by all"
    )
    return lambda: sum(row[2] for row in connection.execute(query, [files]).fetchall())


def chdb_asks():
    import chdb.session

    session = chdb.session.Session()
    place = f"{store}/segments/*/*/columns.parquet"
    session.query("set max_threads = 2")
    session.query("set schema_inference_mode = 'union'")
    session.query("create database if not exists bench engine = Atomic")
    session.query("create table bench.wanted (value String) engine = Memory")
    quoted = ",".join("('" + value.replace("\\", "\\\\").replace("'", "\\'") + "')" for value in wanted)
    session.query(f"insert into bench.wanted values {quoted}")
    described = str(session.query(f"describe file('{place}', Parquet)", "CSV"))
    there = {line.split(",")[0].strip('"') for line in described.splitlines()}
    plain = [f"ifNull({name}, '') in (select value from bench.wanted)" for name in TEXT if name in there]
    lists = [
        f"hasAny(arrayMap(x -> ifNull(x, ''), {name}), (select groupArray(value) from bench.wanted))"
        for name in LISTS
        if name in there
    ]
    query = (
        f"select sum(lines) from (select _path, toDate(time) as day, count(distinct line) as lines from file('{place}', Parquet) "
        f"where {' or '.join(plain + lists)} group by _path, day)"
    )
    return lambda: int(str(session.query(query, "CSV")).strip() or 0)


ask = {"duckdb": duckdb_asks, "chdb": chdb_asks}[program]()
times = []
for _ in range(int(rounds)):
    began = time.perf_counter()
    lines = ask()
    times.append((time.perf_counter() - began) * 1e3)
print(f"{statistics.median(times):.1f} {lines}")
