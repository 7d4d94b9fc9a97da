# SPDX-License-Identifier: Apache-2.0
# sqlite3: rollback journal and WAL with its shared memory, two writers at once, backup, integrity
set -e
sqlite3 a.db 'create table t (n integer primary key, s text); insert into t (s) values ("x"), ("y");'
sqlite3 a.db 'pragma journal_mode = wal;'
(sqlite3 -cmd '.timeout 20000' a.db 'insert into t (s) values ("one");' & sqlite3 -cmd '.timeout 20000' a.db 'insert into t (s) values ("one");' & wait)
sqlite3 a.db 'select count(*) from t; pragma integrity_check;' '.backup b.db' 'vacuum;'
sqlite3 b.db .dump
rm -f a.db
