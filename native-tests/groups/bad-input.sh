# Bad input: exit 1, one clear line on standard error that names what is wrong, nothing mounted, nothing changed.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
touch "$T/file" "$T/stderr" "$T/check.log"
mkdir "$T/other"
tree() { (cd "$T" && find . -path ./check.log -prune -o -path ./stderr -prune -o -printf '%p %y %m %s %T@\n' | sort); }

# refused NAME PATTERN ARGUMENT...: exit status 1, one line that matches, no mount, the directory tree as it was.
refused() {
  local name=$1 pattern=$2 status lines before
  shift 2
  before=$(tree)
  timeout -s KILL 60 "$STRATAFS" "$@" >"$T/stderr" 2>&1 </dev/null
  status=$?
  lines=$(wc -l <"$T/stderr")
  if [ "$status" != 1 ]; then
    fail "$name # exit status $status: $(head -c 300 "$T/stderr")"
  elif [ "$lines" != 1 ]; then
    fail "$name # $lines lines: $(head -c 500 "$T/stderr")"
  elif ! grep -qE -- "$pattern" "$T/stderr"; then
    fail "$name # does not name it: $(cat "$T/stderr")"
  elif mounted; then
    fail "$name # mounted"
    umount "$M"
  elif [ "$(tree)" != "$before" ]; then
    fail "$name # changed the layers"
    diff <(echo "$before") <(tree) | head -5
  else
    pass "$name"
  fi
}
layers="lowerdir=$T/l1:$T/l2,upperdir=$T/upper,workdir=$T/work"

refused "a missing lower" "$T/absent" -o "lowerdir=$T/l1:$T/absent,upperdir=$T/upper,workdir=$T/work" "$M"
refused "a lower that is a file" "$T/file" -o "lowerdir=$T/file,upperdir=$T/upper,workdir=$T/work" "$M"
refused "a missing upper" "$T/absent" -o "lowerdir=$T/l1,upperdir=$T/absent,workdir=$T/work" "$M"
refused "an upper that is a file" "$T/file" -o "lowerdir=$T/l1,upperdir=$T/file,workdir=$T/work" "$M"
refused "a missing workdir" "$T/absent" -o "lowerdir=$T/l1,upperdir=$T/upper,workdir=$T/absent" "$M"
refused "a workdir that is a file" "$T/file" -o "lowerdir=$T/l1,upperdir=$T/upper,workdir=$T/file" "$M"
refused "an upper without workdir" "workdir" -o "lowerdir=$T/l1,upperdir=$T/upper" "$M"
refused "no lowerdir" "lowerdir" -o "upperdir=$T/upper,workdir=$T/work" "$M"
refused "no options at all" "lowerdir" "$M"
refused "no mount point" "mount ?point|MOUNTPOINT" -o "$layers"
refused "a missing mount point" "$T/absent" -o "$layers" "$T/absent"
refused "a mount point that is a file" "$T/file" -o "$layers" "$T/file"
refused "upper inside a lower" "$T/l1/in|$T/l1" -o "lowerdir=$T/l1:$T/l2,upperdir=$(mkdir -p "$T/l1/in" && echo "$T/l1/in"),workdir=$T/work" "$M"
refused "a lower inside the upper" "$T/upper" -o "lowerdir=$(mkdir -p "$T/upper/in" && echo "$T/upper/in"),upperdir=$T/upper,workdir=$T/work" "$M"
rmdir "$T/upper/in" "$T/l1/in"
refused "upper equal to a lower" "$T/l1" -o "lowerdir=$T/l1,upperdir=$T/l1,workdir=$T/work" "$M"
refused "workdir equal to upper" "$T/upper" -o "lowerdir=$T/l1,upperdir=$T/upper,workdir=$T/upper" "$M"
refused "workdir inside upper" "$T/upper" -o "lowerdir=$T/l1,upperdir=$T/upper,workdir=$(mkdir -p "$T/upper/w" && echo "$T/upper/w")" "$M"
rmdir "$T/upper/w"
refused "an option without its value" "lowerdir" -o "lowerdir=" "$M"
refused "a number that is none" "timeout" -o "$layers,timeout=soon" "$M"
refused "a mapping that is none" "uidmapping" -o "$layers,uidmapping=1:2" "$M"
refused "an xino value that is none" "xino" -o "$layers,xino=maybe" "$M"
refused "-o without an argument" "-o" "$M" -o

# Upper and work on different file systems.
mkdir "$T/tmpfs" && mount -t tmpfs none "$T/tmpfs" && mkdir "$T/tmpfs/work"
refused "upper and work on different file systems" "$T/tmpfs/work|$T/upper" -o "lowerdir=$T/l1,upperdir=$T/upper,workdir=$T/tmpfs/work" "$M"
umount "$T/tmpfs"
rmdir "$T/tmpfs"

# The workdir of a living mount, by path and by another path to it.
mount_layers || fail "mount"
mkdir "$T/m2"
ln -s work "$T/work-link"
M1=$M M=$T/m2
refused "the workdir of another mount" "$T/work" -o "$layers" "$T/m2"
refused "the workdir of another mount by a symbolic link" "work" -o "lowerdir=$T/l1,upperdir=$T/other,workdir=$T/work-link" "$T/m2"
M=$M1
check "the first mount still works" sh -c "ls $M && touch $M/x && rm $M/x"
unmount || fail "unmount"

# No /dev/fuse: a private mount namespace without it.
# The launcher and the JVM need /dev/null, /dev/zero and /dev/urandom: keep those.
no_device() {
  timeout 60 unshare -m sh -c 'mkdir "$1/dev" && for d in null zero urandom random; do touch "$1/dev/$d" && mount --bind "/dev/$d" "$1/dev/$d"; done &&
    mount --rbind "$1/dev" /dev && exec "$2" -o "$3" "$4"' sh "$T" "$STRATAFS" "$layers" "$M" >"$T/stderr" 2>&1 </dev/null
  local status=$?
  rm -rf "$T/dev"
  cat "$T/stderr"
  [ "$status" = 1 ] && [ "$(wc -l <"$T/stderr")" = 1 ] && grep -q /dev/fuse "$T/stderr"
}
check "no /dev/fuse" no_device

# No permission: an ordinary user, /dev/fuse of mode 0600, no fusermount3 that helps.
no_permission() {
  install -d -o 65534 "$T/nu" "$T/nw" "$T/nm"
  timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups "$STRATAFS" -o "lowerdir=$T/l1,upperdir=$T/nu,workdir=$T/nw" "$T/nm" >"$T/stderr" 2>&1 </dev/null
  local status=$?
  cat "$T/stderr"
  if grep -q " $T/nm " /proc/self/mounts; then umount "$T/nm"; echo "this machine lets every user open /dev/fuse"; exit 77; fi
  [ "$status" = 1 ] && [ "$(wc -l <"$T/stderr")" = 1 ] && grep -qE 'fuse|permission' "$T/stderr"
}
check "an ordinary user who may not mount" no_permission
no_access() {
  install -d -o 65534 "$T/nu" "$T/nw" "$T/nm"
  install -d -m 700 "$T/closed" "$T/closed/lower"
  timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups "$STRATAFS" -o "lowerdir=$T/closed/lower,upperdir=$T/nu,workdir=$T/nw" "$T/nm" >"$T/stderr" 2>&1 </dev/null
  local status=$?
  cat "$T/stderr"
  [ "$status" = 1 ] && [ "$(wc -l <"$T/stderr")" = 1 ] && grep -q "$T/closed/lower" "$T/stderr"
}
check "a layer that may not be opened" no_access

# Unknown options are ignored with a word; the mount is made.
unknown_option() {
  timeout 60 "$STRATAFS" -o "$layers,private,x-systemd.automount,,_netdev,nonsense=3," "$M" >"$T/stderr" 2>&1 </dev/null || { cat "$T/stderr"; return 1; }
  cat "$T/stderr"
  grep -q "nonsense" "$T/stderr" && touch "$M/made" && [ -e "$T/upper/made" ] && umount "$M" && rm "$T/upper/made"
}
check "an unknown option is reported and ignored" unknown_option
check "--help and --version exit 0" sh -c "'$STRATAFS' --help | grep -q lowerdir && '$STRATAFS' --version | grep -q 'stratafs: version' && '$STRATAFS' -V | grep -q 'fuse-overlayfs: version'"

# Odd layers spoil only themselves.
odd_layers() {
  mkdir -p "$T/l1/odd" "$T/l2/odd" && touch "$T/l1/odd/.wh." "$T/l1/odd/.wh..wh." && mkdir "$T/l1/odd/.wh.dir" && mkfifo "$T/l1/odd/.wh.fifo" &&
    mkfifo "$T/l1/odd/pipe" && ln -s /etc/passwd "$T/l1/odd/.wh.link" && ln -s ../../../../../../etc "$T/l1/odd/out" && ln -s loop "$T/l1/odd/loop" &&
    touch "$T/l1/odd/$(printf 'w%.0s' $(seq 255))" "$T/l2/odd/dir" "$T/l2/odd/fifo" "$T/l2/odd/link" "$T/l2/odd/kept" && chmod 0 "$T/l2/odd/kept"
  mount_layers || return 1
  ls -la "$M/odd" || return 1
  [ "$(ls "$M/odd" | grep -c '^dir$\|^fifo$\|^link$')" = 0 ] || { echo "a whiteout of an odd type does not hide"; return 1; }
  [ -e "$M/odd/kept" ] && touch "$M/odd/new" && rm -rf "$M/odd" && [ ! -e "$M/odd" ] && mkdir "$M/odd" && [ -z "$(ls -A "$M/odd")" ] && ls /etc/passwd
  local status=$?
  umount "$M"
  return $status
}
check "odd layers spoil only themselves" odd_layers
summary
