# SQLite in WAL mode on a database of a lower layer, -wal and -shm in the lower too: read before the copy-up, by a
# reader that has it open during the copy-up, and by several writers and readers after it.
. "$(dirname "$0")/../lib/mounts.sh"
command -v sqlite3 >/dev/null && command -v python3 >/dev/null ||
  { skip "SQLite in WAL mode" "sqlite3 or python3 is not installed"; summary; exit; }
new_layers
trap cleanup EXIT

# A database with a WAL that no checkpoint has emptied, as a crash of its program leaves it.
cat >"$T/make.py" <<'P'
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("pragma journal_mode=wal")
db.execute("pragma wal_autocheckpoint=0")
db.execute("create table t(i integer primary key, who text, v blob)")
db.executemany("insert into t(who, v) values('lower', ?)", [(os.urandom(900),) for _ in range(2000)])
db.commit()
os._exit(0)
P
for name in left clean during; do
  python3 "$T/make.py" "$T/l2/$name.db"
done
sqlite3 "$T/l2/clean.db" 'pragma wal_checkpoint(truncate)' >/dev/null
[ -s "$T/l2/left.db-wal" ] && [ -e "$T/l2/left.db-shm" ] || fail "there is no WAL in the lower"
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/before"

# Works on one database: "write" adds rows, each transaction two whose sum is 0; "read" looks at a snapshot over and over.
cat >"$T/work.py" <<'P'
import os, sqlite3, sys, time
what, path, who, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
db = sqlite3.connect(path, timeout=60, isolation_level=None)
end = time.time() + seconds
rounds = seen = 0
while rounds == 0 or time.time() < end:
    if what == "write":
        db.execute("begin immediate")
        db.execute("insert into t(who, v) values(?, ?)", (who, b"%d" % rounds))
        db.execute("insert into t(who, v) values(?, ?)", (who, b"%d" % -rounds))
        db.execute("commit")
    else:
        db.execute("begin")
        count = db.execute("select count(*) from t where who != 'lower'").fetchone()[0]
        again = db.execute("select count(*) from t where who != 'lower'").fetchone()[0]
        lower = db.execute("select count(*) from t where who = 'lower'").fetchone()[0]
        db.execute("commit")
        if count != again or count % 2 or lower != 2000 or count < seen:
            sys.exit("%s: %d rows, then %d; %d of lower; %d before" % (who, count, again, lower, seen))
        seen = count
    rounds += 1
print(rounds)
P
mount_layers || { fail "mount"; summary; exit 1; }
seconds=${SQLITE_SECONDS:-4}

whole() { [ "$(sqlite3 -cmd '.timeout 60000' "$1" 'pragma integrity_check')" = ok ]; }
rows() { sqlite3 -cmd '.timeout 60000' "$1" 'select count(*) from t'; }

before_copy_up() {
  # Nothing may be written: a reader of a WAL database needs the files next to it as they are.
  [ "$(sqlite3 "file:$M/left.db?mode=ro" 'select count(*) from t')" = 2000 ] &&
    [ "$(sqlite3 "file:$M/clean.db?immutable=1" 'select count(*) from t')" = 2000 ]
}
check "a lower database is read with the WAL that lies beside it" before_copy_up

# Several processes; each writer's rows must all be there in the end.
at_once() {
  local db=$1 pids=() i total=0 pid
  for i in 1 2 3; do
    timeout 200 python3 "$T/work.py" write "$db" "w$i" "$seconds" >"$T/w$i" & pids+=($!)
    timeout 200 python3 "$T/work.py" read "$db" "r$i" "$seconds" >"$T/r$i" & pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || return 1; done
  for i in 1 2 3; do total=$((total + 2 * $(cat "$T/w$i"))); done
  echo "$total rows were written to $db, which has $(rows "$db")"
  [ "$(rows "$db")" = $((2000 + total)) ] && whole "$db"
}
check "three writers and three readers begin on a lower database and its WAL" at_once "$M/left.db"
check "three writers and three readers begin on a lower database without a WAL" at_once "$M/clean.db"

# A reader that has database, WAL and shared memory of the lower open and mapped sees what is written after the copy-up.
cat >"$T/during.py" <<'P'
import os, sqlite3, subprocess, sys
path = sys.argv[1]
reader = sqlite3.connect(path, isolation_level=None)
reader.execute("pragma mmap_size=67108864")
def count(): return reader.execute("select count(*) from t").fetchone()[0]
raw = open(path, "rb")  # a descriptor older than the copy-up
assert count() == 2000, count()
reader.execute("begin")
assert count() == 2000
def other(sql): subprocess.run(["sqlite3", "-cmd", ".timeout 60000", path, sql], check=True, stdout=subprocess.DEVNULL)
other("insert into t(who, v) values('a', 'first change, which copies up')")
assert count() == 2000, "the snapshot changed"
reader.execute("commit")
assert count() == 2001, count()
os.chmod(path, 0o600)
for i in range(50):
    other("insert into t(who, v) values('a', hex(randomblob(2000)))")
    assert count() == 2002 + i, count()
other("pragma wal_checkpoint(truncate)")
assert count() == 2051
assert raw.read() == open(path, "rb").read(), "an old descriptor sees other data than a new one"
assert reader.execute("pragma integrity_check").fetchone()[0] == "ok"
P
during_copy_up() { timeout 200 python3 "$T/during.py" "$M/during.db"; }
if [ "$KIND" = overlay ]; then
  skip "a reader that has the database open sees what is written after the copy-up" "an old descriptor stays with the lower file in overlayfs"
else
  check "a reader that has the database open sees what is written after the copy-up" during_copy_up
fi

checkpoint_and_again() {
  local db
  for db in left clean; do
    sqlite3 "$M/$db.db" 'pragma wal_checkpoint(truncate); delete from t where who != "lower"; vacuum;' >/dev/null || return 1
    [ "$(rows "$M/$db.db")" = 2000 ] && whole "$M/$db.db" || return 1
  done
}
check "checkpoint, delete and vacuum" checkpoint_and_again
if [ "$KIND" != plain ]; then
  check "unmount" unmount
  check "mount again" mount_layers
  check "the databases are whole after a remount" whole "$M/left.db"
  check "three writers and three readers after a remount" at_once "$M/left.db"
fi
unmount || fail "unmount"
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/after"
check "lower layers are unchanged" diff "$T/before" "$T/after"
summary
