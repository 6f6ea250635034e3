# kill -9 of the daemon at random moments under load: the upper mounts again, each file is whole, old or new.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
rounds=${CRASHES:-12}
seed=${SEED:-$RANDOM}
echo "# seed $seed"
RANDOM=$seed

# Lower files hold one stamp all over; the load replaces files atomically, copies them up by chmod and by append,
# removes, renames and makes trees. A file is whole when it holds one stamp only, and as many as its size says.
cat >"$T/stamp.py" <<'P'
import os, random, sys
mode, top, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
LINES = 3000
def content(stamp): return b"%015d\n" % stamp * LINES
def names(): return ["%s/d%d/f%d" % (top, d, f) for d in range(5) for f in range(8)]
if mode == "make":
    for d in range(5):
        os.makedirs("%s/d%d/sub" % (top, d), exist_ok=True)
        open("%s/d%d/sub/x" % (top, d), "w").write("x")
    for n in names(): open(n, "wb").write(content(seed))
elif mode == "load":
    r = random.Random(seed)
    stamp = 1000 + seed
    while True:
        n = r.choice(names())
        stamp += 1
        try:
            k = r.randrange(7)
            if k <= 1:
                t = "%s.tmp%d" % (n, seed)
                with open(t, "wb") as f: f.write(content(stamp))
                os.rename(t, n)
            elif k == 2: os.chmod(n, r.choice([0o600, 0o644]))
            elif k == 3: os.unlink(n)
            elif k == 4: os.rename(n, r.choice(names()))
            elif k == 5: os.utime(n, (stamp, stamp))
            else:
                d = "%s/t%d" % (top, r.randrange(3))
                os.mkdir(d); os.rename(n, d + "/moved"); os.unlink(d + "/moved"); os.rmdir(d)
        except (FileNotFoundError, FileExistsError, NotADirectoryError): pass
        except OSError as e: sys.exit(0 if e.errno in (103, 107, 5) else str(e))
else:
    bad = 0
    for where, dirs, files in os.walk(top):
        for f in files:
            p = os.path.join(where, f)
            data = open(p, "rb").read()
            if ".tmp" in f or f in ("x", "durable"): continue
            if data != data[:16] * LINES:
                print("torn:", p, len(data), len(set(data[i:i+16] for i in range(0, len(data), 16))), "stamps"); bad += 1
        for d in dirs: os.lstat(os.path.join(where, d))
    sys.exit(bad != 0)
P
command -v python3 >/dev/null || { skip "kill -9 under load" "python3 is not installed"; summary; exit; }
python3 "$T/stamp.py" make "$T/l2" 1
python3 "$T/stamp.py" make "$T/l1" 2
rm -rf "$T/l1/d3" "$T/l1/d4/f1"
manifest "$T/l1" "$T/l2" >"$T/before"

crash_rounds() {
  local round load pid status=0
  for round in $(seq 1 "$rounds"); do
    mount_layers || { echo "round $round: the upper does not mount again"; return 1; }
    python3 "$T/stamp.py" check "$M" 0 || { echo "round $round"; return 1; }
    # What was made durable before must be there.
    [ "$round" = 1 ] || [ "$(cat "$M/durable")" = "$((round - 1))" ] || { echo "round $round: fsynced data are lost"; return 1; }
    python3 -c 'import os,sys; f=open(sys.argv[1],"w"); f.write(sys.argv[2]); f.flush(); os.fsync(f.fileno())' "$M/durable" "$round"
    python3 "$T/stamp.py" load "$M" $((seed % 1000 + round)) & load=$!
    python3 "$T/stamp.py" load "$M" $((seed % 1000 + round + 500)) & local load2=$!
    sleep "$((RANDOM % 2)).$((RANDOM % 900 + 100))"
    pid=$(daemon_pid) || { echo "round $round: no daemon"; status=1; }
    kill -9 "$pid"
    wait $load; wait $load2
    umount -l "$M" || { echo "round $round: umount"; return 1; }
    wait_for_daemon_end
  done
  mount_layers && python3 "$T/stamp.py" check "$M" 0 && unmount && wait_for_daemon_end || return 1
  [ -z "$(ls -A "$T/work/work" 2>/dev/null)" ] || { echo "left in workdir"; find "$T/work"; return 1; }
  return $status
}
check "kill -9 $rounds times under load" crash_rounds
echo "# covered $rounds kills of a mount under load"
mounted && umount -l "$M"
manifest "$T/l1" "$T/l2" >"$T/after"
check "lower layers are unchanged" diff "$T/before" "$T/after"
by_overlayfs() {
  mount_layers && tree_view "$M" >"$T/view" && unmount && mount_by_kernel "$T/other-work" && tree_view "$M" >"$T/other" && umount "$M" && diff "$T/view" "$T/other"
}
check "kernel overlayfs shows the same tree over the same layers" by_overlayfs

# An unmount must not hang because a daemon was killed while programs waited for it.
killed_while_busy() {
  mount_layers || return 1
  (cd "$M" && exec sleep 100) &
  local sleeper=$!
  sleep 0.3
  kill -9 "$(daemon_pid)" && sleep 0.3 && { ! timeout 10 ls "$M" 2>/dev/null; } && umount -l "$M" && mount_layers && timeout 10 ls "$M" >/dev/null
  local status=$?
  kill $sleeper
  umount -l "$M"
  return $status
}
check "a killed daemon's mount answers with an error and can be replaced" killed_while_busy
summary
