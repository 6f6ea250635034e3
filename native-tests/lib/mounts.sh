# Sourced: what is under test, given as KIND, and its layers in a temporary directory $T.
#
#   plain     no union at all: the merged view is copied to a plain directory; this tests the tests
#   overlay   kernel overlayfs: the bar
#   stratafs  scripts/stratafs
#
# Layers: $T/l1 (topmost) $T/l2 $T/l3, $T/upper, $T/work; the merged view is at $M.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
STRATAFS=${STRATAFS:-$root/scripts/stratafs}
if [ -n "${STRATAFS_OPTIONS-}" ]; then
  export STRATAFS_OPTIONS STRATAFS_PROGRAM=${STRATAFS_PROGRAM:-$STRATAFS}
  STRATAFS=$root/native-tests/lib/stratafs
fi
OUT=${OUT:-$root/target/native-tests}
KIND=${KIND:-stratafs}
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); [ -z "${VERBOSE-}" ] || echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "not ok $*"; }
skip() { skipped=$((skipped + 1)); echo "ok $1 # SKIP $2"; }
summary() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}

# check NAME COMMAND...: passes if the command succeeds within its time; its output is shown if it does not.
check() {
  local name=$1 log status started=$SECONDS
  shift
  log=$T/check.log
  ("$@") >"$log" 2>&1
  status=$?
  [ $((SECONDS - started)) -lt "${SLOW_SECONDS:-10}" ] || echo "# $name took $((SECONDS - started)) s"
  if [ "$status" = 0 ]; then
    pass "$name"
  elif [ "$status" = 77 ]; then
    skip "$name" "$(tail -n 1 "$log")"
  else
    fail "$name # exit $status"
    tail -n "${LOG_LINES:-15}" "$log" | sed 's/^/    /'
  fi
}

# New layers and mount point; set LOWERS to change the default lowerdir=.
new_layers() {
  T=$(mktemp -d "${TMPDIR:-/tmp}/stratafs-test.XXXXXX")
  chmod 755 "$T"
  mkdir "$T/l1" "$T/l2" "$T/l3" "$T/upper" "$T/work" "$T/merged"
  M=$T/merged
  LOWERS=$T/l1:$T/l2:$T/l3
}

# mount_layers [OPTION...]: more options for scripts/stratafs only.
mount_layers() {
  local options="lowerdir=$LOWERS,upperdir=$T/upper,workdir=$T/work"
  case $KIND in
    plain)
      mount -t overlay overlay -o "lowerdir=$T/upper:$LOWERS" "$M" || return 1
      cp -a "$M/." "$T/plain/" 2>/dev/null || { mkdir "$T/plain" && cp -a "$M/." "$T/plain/"; }
      umount "$M"
      M=$T/plain
      ;;
    overlay) mount -t overlay overlay -o "index=on,redirect_dir=on,metacopy=off,$options" "$M" ;;
    stratafs)
      for option; do options=$options,$option; done
      timeout -s KILL 120 "$STRATAFS" -o "$options" "$M"
      ;;
  esac
}

# Mounts the layers at $M by kernel overlayfs with all that StrataFS may leave in upper: mount_by_kernel WORKDIR
mount_by_kernel() {
  mkdir "$1" && mount -t overlay overlay -o "redirect_dir=on,metacopy=on,lowerdir=$LOWERS,upperdir=$T/upper,workdir=$1" "$M"
}

mounted() { grep -q " $M " /proc/self/mounts; }

unmount() {
  [ "$KIND" = plain ] && return 0
  local tries=0
  until timeout 30 umount "$M"; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || return 1
    sleep 0.2
  done
}

# The daemon of the mount at $M, found by its command line, which holds the temporary directory's unique name.
daemon_pid() {
  local pid
  for pid in /proc/[0-9]*; do
    if { tr '\0' ' ' <"$pid/cmdline"; } 2>/dev/null | grep -q "org.stratafs.cli.Main.*$T"; then
      echo "${pid#/proc/}"
      return 0
    fi
  done
  return 1
}

# Waits for the daemon to be gone: within 20 seconds.
wait_for_daemon_end() {
  local tries=0
  while daemon_pid >/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    sleep 0.2
  done
}

cleanup() {
  local mountpoint pid
  while read -r _ mountpoint _; do
    case $mountpoint in "$T"/*) echo "$mountpoint" ;; esac
  done </proc/self/mounts | sort -r | while read -r mountpoint; do umount -l "$mountpoint" 2>/dev/null; done
  # A daemon that did not end with its mount would leave work behind: end it, and say so.
  if [ "$KIND" = stratafs ] && ! wait_for_daemon_end; then
    pid=$(daemon_pid) && echo "# the daemon $pid outlived its mount" && kill -9 "$pid"
  fi
  rm -rf --one-file-system "$T"
}

# A line for each entry of the trees given: type, mode, owner, size, times, target, xattrs, checksum.
# Whatever changes in a lower changes this.
manifest() {
  local dir
  for dir; do
    (cd "$dir" && find . -printf '%p %y %m %U %G %s %T@ %C@ %l %i %n\n' | sort &&
      find . -type f -print0 | sort -z | xargs -0r sha256sum &&
      find . -print0 | sort -z | xargs -0r getfattr -h -d -m - 2>/dev/null)
  done
}

# What a program sees of a tree, without what may differ between two unions of the same layers.
tree_view() {
  (cd "$1" && find . -mindepth 1 ! -type d -printf '%p %y %m %U %G %s %T@ %l\n' -o -type d -printf '%p d %m %U %G %T@\n' | sort &&
    find . -type f -print0 | sort -z | xargs -0r sha256sum &&
    find . -print0 | sort -z | xargs -0r getfattr -h -d -m '^(user|security|trusted\.[^os]|system)' 2>/dev/null)
}
