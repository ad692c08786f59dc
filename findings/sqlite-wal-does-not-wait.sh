#!/usr/bin/env bash
# SQLite 3.54.1 (as apsw 3.54.1.0 brings it): "pragma journal_mode=wal" on a file that is not in WAL mode yet does NOT
# wait for its busy timeout while another connection has begun to write; it says "database is locked" at once. Any
# other statement that wants to write waits. So of two processes that open a new file at the same moment, as two
# machines do that are started together, one may fail by this line alone, whatever timeout it was given. Prints how
# long each waited, of 1 s; fails when either is different.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check apsw==3.54.1.0
"$folder/venv/bin/python" - "$folder/new.sqlite3" <<'PYTHON'
import sys
import time

import apsw

first = apsw.Connection(sys.argv[1])
first.execute("create table t (x)")
first.execute("begin immediate")


def waited(statement):
    second = apsw.Connection(sys.argv[1])
    second.set_busy_timeout(1000)
    began = time.monotonic()
    try:
        list(second.execute(statement))
        sys.exit(f"it has changed: {statement} was carried out")
    except apsw.BusyError:
        return time.monotonic() - began


pragma, write = waited("pragma journal_mode=wal"), waited("begin immediate")
print(f"SQLite {apsw.sqlite_lib_version()}: 'pragma journal_mode=wal' waited {pragma:.1f} s, 'begin immediate' {write:.1f} s")
if pragma > 0.5:
    sys.exit("it has changed: the pragma waits")
if write < 0.9:
    sys.exit("it has changed: a write does not wait")
PYTHON
