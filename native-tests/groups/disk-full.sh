# A full upper: the program is told, and a write that succeeded is in upper.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
mkdir "$T/small"

fresh() { # fresh FILE-SYSTEM: a small upper at $T/small
  umount "$T/small" 2>/dev/null
  case $1 in
    tmpfs) mount -t tmpfs -o size=8m none "$T/small" ;;
    *)
      rm -f "$T/image" && truncate -s 24M "$T/image" && "mkfs.$1" -q "$T/image" >/dev/null 2>&1 && mount -o loop "$T/image" "$T/small"
      ;;
  esac || return 1
  mkdir "$T/small/u" "$T/small/w" && timeout -s KILL 60 "$STRATAFS" -o "lowerdir=$LOWERS,upperdir=$T/small/u,workdir=$T/small/w" "$M"
}

head -c 5000000 /dev/urandom >"$T/l1/five"
head -c 1000000 /dev/urandom >"$T/l1/one"

# Writes until it fails; then what the acknowledged calls wrote must be there.
cat >"$T/fill.py" <<'P'
import os, sys, errno
path, how = sys.argv[1], sys.argv[2]
fd = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
block = bytes(range(256)) * 16
written = 0
error = None
try:
    while True:
        written += os.write(fd, block)
        if how == "fsync" and written % (64 * 4096) == 0:
            os.fsync(fd)
except OSError as e:
    error = e.errno
try:
    os.fsync(fd)
    os.close(fd)
except OSError as e:
    sys.exit("fsync or close after the failure: %s" % errno.errorcode[e.errno])
if error != errno.ENOSPC:
    sys.exit("write failed with %s" % error)
if os.stat(path).st_size != written:
    sys.exit("size %d, acknowledged %d" % (os.stat(path).st_size, written))
print(written)
P
fill() {
  command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
  fresh "$1" || { echo "no $1 here"; exit 77; }
  local n
  n=$(python3 "$T/fill.py" "$M/data" "$2") || { umount "$M"; return 1; }
  [ "$n" -gt 1000000 ] || { echo "only $n bytes fitted"; return 1; }
  # Full as it is, the tree is readable and removing makes room again.
  ls -la "$M" >/dev/null && cmp "$M/one" "$T/l1/one" && umount "$M" || return 1
  python3 - "$T/small/u/data" "$n" <<'P' || return 1
import sys
data = open(sys.argv[1], "rb").read()
assert len(data) == int(sys.argv[2]), (len(data), sys.argv[2])
assert data == (bytes(range(256)) * (len(data) // 256 + 1))[:len(data)], "content"
P
}
check "write until ENOSPC on tmpfs: what was acknowledged is in upper" fill tmpfs plain
check "write until ENOSPC on ext4: what was acknowledged is in upper" fill ext4 plain
check "write and fsync until ENOSPC on ext4" fill ext4 fsync

copy_up_fails() {
  fresh "$1" || { echo "no $1 here"; exit 77; }
  dd if=/dev/zero of="$M/filler" bs=64k 2>/dev/null
  local before
  before=$(sha256sum <"$T/l1/five")
  (echo x >>"$M/five") 2>"$T/error" && { echo "the append succeeded"; return 1; }
  grep -q 'No space left' "$T/error" || { cat "$T/error"; return 1; }
  chmod 600 "$M/five" 2>"$T/error" && [ "$(stat -c %a "$M/five")" != 600 ] && return 1
  [ "$(sha256sum <"$M/five")" = "$before" ] && [ "$(sha256sum <"$T/l1/five")" = "$before" ] || { echo "the file differs"; return 1; }
  [ -z "$(find "$T/small/w" -type f)" ] || { echo "left in workdir:"; find "$T/small/w" -ls; return 1; }
  rm "$M/filler" || return 1
  # The room is there once the kernel has sent FORGET, which rm does not wait for.
  local tries=0
  until (echo x >>"$M/five") 2>"$T/error"; do tries=$((tries + 1)); [ $tries -lt 20 ] || { cat "$T/error"; return 1; }; sleep 0.1; done
  [ "$(stat -c %s "$M/five")" = 5000002 ] && [ "$(head -c 5000000 "$M/five" | sha256sum)" = "$before" ] && umount "$M"
}
check "a copy-up that does not fit is ENOSPC and leaves the tree as it was, tmpfs" copy_up_fails tmpfs
check "a copy-up that does not fit is ENOSPC and leaves the tree as it was, ext4" copy_up_fails ext4

namespace_fails() {
  umount "$M" 2>/dev/null
  umount "$T/small" 2>/dev/null
  mount -t tmpfs -o size=8m,nr_inodes=40 none "$T/small" && mkdir "$T/small/u" "$T/small/w" || return 1
  mkdir -p "$T/l1/dir" && for i in $(seq 1 60); do echo "$i" >"$T/l1/dir/f$i"; done
  timeout -s KILL 60 "$STRATAFS" -o "lowerdir=$LOWERS,upperdir=$T/small/u,workdir=$T/small/w" "$M" || return 1
  local i made=0 removed=0
  for i in $(seq 1 60); do rm "$M/dir/f$i" 2>/dev/null && removed=$((removed + 1)); done
  for i in $(seq 1 60); do : 2>/dev/null >"$M/n$i" && made=$((made + 1)); done
  [ "$(ls "$M/dir" | wc -l)" = $((60 - removed)) ] || { echo "removed $removed, listed $(ls "$M/dir" | wc -l)"; return 1; }
  [ "$(ls "$M" | grep -c '^n[0-9]')" = "$made" ] || { echo "made $made, listed $(ls "$M" | grep -c '^n[0-9]')"; return 1; }
  ls -laR "$M" >/dev/null && umount "$M" && wait_for_daemon_end || return 1
  [ -z "$(find "$T/small/w" -mindepth 2)" ] || { echo "left in workdir:"; find "$T/small/w" -ls; return 1; }
}
check "out of inodes: each operation happens or does not" namespace_fails
umount "$M" 2>/dev/null
umount "$T/small" 2>/dev/null
summary
