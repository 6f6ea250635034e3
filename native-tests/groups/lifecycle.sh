# Mounting and unmounting: what is in upper when the unmount returns, signals, odd mount points, many mounts.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
for i in 1 2 3; do echo "$i" >"$T/l$i/f$i"; done
layers="lowerdir=$LOWERS,upperdir=$T/upper,workdir=$T/work"
start() { timeout -s KILL 60 "$STRATAFS" "$@" </dev/null; }
gone() { ! grep -q " $1 " /proc/self/mounts; }

returns_when_it_answers() { mount_layers && [ "$(cat "$M/f2")" = 2 ] && grep -q "^stratafs $M fuse.stratafs rw,.*allow_other" /proc/self/mounts && unmount && wait_for_daemon_end; }
check "the command returns when the mount answers; type, source and options in /proc/mounts" returns_when_it_answers

closes_stderr() { [ -z "$(start -o "$layers" "$M" 2>&1 | timeout 30 cat)" ] && unmount && wait_for_daemon_end; }
check "the caller's standard error is closed when the command returns" closes_stderr

data_is_there() {
  local how=$1 i
  for i in 1 2 3; do
    mount_layers || return 1
    head -c 3000000 /dev/urandom >"$M/data" && echo "more" >>"$M/f1" && local sum
    sum=$(sha256sum <"$M/data")
    case $how in
      umount) umount "$M" ;;
      fusermount3) fusermount3 -u "$M" ;;
      fusermount) if command -v fusermount >/dev/null; then fusermount -u "$M"; else umount "$M"; fi ;;
      lazy) umount -l "$M" ;;
    esac || return 1
    gone "$M" || { echo "still mounted"; return 1; }
    [ "$(sha256sum <"$T/upper/data")" = "$sum" ] || { echo "data differ in upper"; return 1; }
    wait_for_daemon_end || { echo "the daemon lives on"; return 1; }
  done
}
for how in umount fusermount3 fusermount lazy; do
  check "$how: the data are in upper when it returns and the daemon ends" data_is_there $how
done

signal_unmounts() {
  mount_layers && echo signal >"$M/s" && kill -"$1" "$(daemon_pid)" && wait_for_daemon_end && gone "$M" && [ "$(cat "$T/upper/s")" = signal ]
}
for signal in TERM INT HUP; do check "SIG$signal unmounts cleanly" signal_unmounts $signal; done

foreground() {
  "$STRATAFS" -f -o "$layers" "$M" </dev/null &
  local pid=$! tries=0
  until grep -q " $M " /proc/self/mounts; do tries=$((tries + 1)); [ $tries -lt 100 ] || { kill $pid; return 1; }; sleep 0.1; done
  [ "$(cat "$M/f1")" != "" ] && kill -TERM $pid && wait $pid
  local status=$?
  gone "$M" && { [ "$status" = 0 ] || [ "$status" = 143 ]; } || { echo "exit status $status"; return 1; }
}
check "-f stays in the foreground; SIGTERM ends it" foreground

busy() {
  mount_layers && exec 9<"$M/f1" && { ! umount "$M" 2>/dev/null; } && [ "$(cat <&9)" != "" ] && exec 9<&- && unmount && wait_for_daemon_end
}
check "a busy mount is not unmounted" busy

lazy_keeps_open_files() {
  mount_layers && exec 9>"$M/open" && umount -l "$M" && echo late >&9 && exec 9>&- && wait_for_daemon_end && [ "$(cat "$T/upper/open")" = late ]
}
check "umount -l: an open file is written to the end" lazy_keeps_open_files

in_a_lower() {
  mkdir -p "$T/l1/mnt" && start -o "$layers" "$T/l1/mnt" && [ "$(cat "$T/l1/mnt/f3")" = 3 ] && ls "$T/l1/mnt/mnt" && echo x >"$T/l1/mnt/mnt/x" &&
    umount "$T/l1/mnt" && [ ! -e "$T/l1/mnt/x" ] && [ -e "$T/upper/mnt/x" ] && rm -r "$T/upper/mnt" && rmdir "$T/l1/mnt" && wait_for_daemon_end
}
check "the mount point may be inside a lower" in_a_lower
is_a_lower() {
  start -o "$layers" "$T/l1" && [ "$(cat "$T/l1/f3")" = 3 ] && echo over >"$T/l1/over" && umount "$T/l1" && [ ! -e "$T/l1/over" ] && [ -e "$T/upper/over" ] && wait_for_daemon_end
}
check "the mount point may be a lower itself" is_a_lower

not_empty() { touch "$M/hidden" && mount_layers && [ ! -e "$M/hidden" ] && unmount && [ -e "$M/hidden" ] && rm "$M/hidden"; }
check "the mount point may hold files" not_empty

many_times() {
  local i
  for i in $(seq 1 "${MOUNTS:-50}"); do
    mount_layers || { echo "mount $i"; return 1; }
    echo "$i" >"$M/count" || return 1
    umount "$M" || { echo "unmount $i"; return 1; }
    [ "$(cat "$T/upper/count")" = "$i" ] || return 1
  done
  wait_for_daemon_end && [ -z "$(ls -A "$T/work/work" 2>/dev/null)" ]
}
check "many mounts and unmounts in a row" many_times

unmount_and_mount_at_once() {
  local i
  for i in $(seq 1 $((${MOUNTS:-50} / 5))); do
    mount_layers || return 1
    echo "$i" >"$M/again"
    umount -l "$M"
    # The old daemon may still be ending: it must not take the new mount with it.
    local tries=0
    until mount_layers 2>/dev/null; do tries=$((tries + 1)); [ $tries -lt 50 ] || { mount_layers; return 1; }; sleep 0.1; done
    sleep 0.1
    [ "$(cat "$M/again")" = "$i" ] || { echo "round $i: the new mount does not answer"; return 1; }
    umount "$M" || return 1
  done
}
check "a daemon that ends leaves a new mount at its place alone" unmount_and_mount_at_once

hidden_paths() {
  mkdir "$T/h1" "$T/hu" "$T/hw" && echo low >"$T/h1/f" && mount -t tmpfs none "$T/h1" && echo low >"$T/h1/f" || return 1
  start -o "lowerdir=$T/h1,upperdir=$T/hu,workdir=$T/hw" "$M" && umount -l "$T/h1" && mv "$T/hu" "$T/hu2" && [ "$(cat "$M/f")" = low ] && echo up >>"$M/f" &&
    [ "$(tail -n1 "$T/hu2/f")" = up ] && rm "$M/f" && umount "$M"
}
check "layers may be unmounted, moved and hidden after the mount" hidden_paths

relative_and_symlink() {
  mkdir -p "$T/rel/a" "$T/rel/b" && ln -s ../../l2 "$T/rel/a/l" && (cd "$T/rel/a" && start -o "lowerdir=l/../l3:../../l1,upperdir=../../upper,workdir=../../work" ../../merged) &&
    [ "$(cat "$M/f3")" = 3 ] && unmount
}
check "relative paths; dot-dot after a symbolic link is the kernel's" relative_and_symlink

escaped_paths() {
  mkdir "$T/a:b" "$T/c,d" "$T/e\\f" && touch "$T/a:b/1" "$T/c,d/2" "$T/e\\f/3" && start -o "lowerdir=$T/a\\:b:$T/c\\,d:$T/e\\\\f" "$M" && [ "$(ls "$M" | tr '\n' ' ')" = "1 2 3 " ] && unmount
}
check "colons, commas and backslashes in paths are escaped" escaped_paths

read_only() {
  start -o "lowerdir=$LOWERS" "$M" && [ "$(cat "$M/f1")" != "" ] && ! touch "$M/new" 2>/dev/null && (touch "$M/new" 2>&1 | grep -q 'Read-only file system') &&
    ! chmod 600 "$M/f1" 2>/dev/null && ! rm "$M/f1" 2>/dev/null && unmount
}
check "without an upper the mount is read-only" read_only
ro_option() { mount_layers ro && ! touch "$M/new" 2>/dev/null && unmount; }
check "ro mounts read-only" ro_option

five_hundred_layers() {
  local i list=
  mkdir "$T/many"
  for i in $(seq 1 510); do
    mkdir "$T/many/$i" && echo "$i" >"$T/many/$i/same" && echo "$i" >"$T/many/$i/file$i" && list=$list:$T/many/$i
  done
  start -o "lowerdir=${list#:},upperdir=$T/upper,workdir=$T/work" "$M" && [ "$(cat "$M/same")" = 1 ] && [ "$(cat "$M/file510")" = 510 ] &&
    [ "$(find "$M" -name 'file*' | grep -c .)" = 510 ] && echo x >>"$M/file333" && rm "$M/same" && [ ! -e "$M/same" ] && unmount
}
check "510 layers" five_hundred_layers
rm -rf "$T/many" "$T/upper/same"

other_file_systems() {
  mkdir "$T/t1" "$T/t2" && mount -t tmpfs none "$T/t1" && mount -t tmpfs none "$T/t2" && mkdir "$T/t1/d" "$T/t2/d" && echo 1 >"$T/t1/d/one" && echo 2 >"$T/t2/d/two" || return 1
  start -o "lowerdir=$T/t1:$T/t2:$T/l3,upperdir=$T/upper,workdir=$T/work" "$M" && [ "$(ls "$M/d" | tr '\n' ' ')" = "one two " ] && echo x >>"$M/d/two" && mv "$M/d/one" "$M/d/three" &&
    [ "$(cat "$M/d/three")" = 1 ] && [ "$(stat -c %i "$M/d/two")" != "$(stat -c %i "$M/d/three")" ] && [ "$(ls -i "$M/d" | awk '/two/{print $1}')" = "$(stat -c %i "$M/d/two")" ] && unmount && umount "$T/t1" "$T/t2"
}
check "layers on several file systems" other_file_systems

upper_on_tmpfs() {
  mkdir "$T/tm" && mount -t tmpfs none "$T/tm" && mkdir "$T/tm/u" "$T/tm/w" && start -o "lowerdir=$LOWERS,upperdir=$T/tm/u,workdir=$T/tm/w" "$M" &&
    echo x >>"$M/f1" && rm "$M/f2" && mkdir "$M/d" && unmount && [ "$(stat -c %F "$T/tm/u/f2")" = "character special file" ] && umount "$T/tm"
}
check "upper on tmpfs" upper_on_tmpfs

layers_that_are_unions() {
  mkdir "$T/o" "$T/ou" "$T/ow" "$T/s" "$T/su" "$T/sw" && mount -t overlay overlay -o "lowerdir=$T/l3,upperdir=$T/ou,workdir=$T/ow" "$T/o" && echo o >"$T/o/fo" &&
    start -o "lowerdir=$T/l2,upperdir=$T/su,workdir=$T/sw" "$T/s" && echo s >"$T/s/fs" && start -o "lowerdir=$T/s:$T/o:$T/l1,upperdir=$T/upper,workdir=$T/work" "$M" &&
    [ "$(cat "$M/fo" "$M/fs" | tr '\n' ' ')" = "o s " ] && echo more >>"$M/fs" && echo more >>"$M/fo" && [ "$(cat "$T/s/fs")" = s ] && unmount && umount "$T/s" && umount "$T/o"
}
check "layers that are themselves a StrataFS and an overlayfs mount" layers_that_are_unions

# mount(8) clears PATH, so the helper looks in the default one: a private /usr/local/bin serves for the test.
mount_fuse() {
  [ -x /sbin/mount.fuse3 ] || [ -x /sbin/mount.fuse ] || { echo "mount.fuse3 is not installed"; exit 77; }
  timeout 60 unshare -m sh -e -c 'mount --make-rprivate /; mount -t tmpfs none /usr/local/bin; ln -s "$1" /usr/local/bin/stratafs
    mount -t fuse.stratafs none "$2" -o "$3,noauto,x-test=1"; [ "$(cat "$2/f3")" = 3 ]; grep " $2 fuse.stratafs rw" /proc/self/mounts; umount "$2"' \
    sh "$STRATAFS" "$M" "$layers" && wait_for_daemon_end
}
check "mount -t fuse.stratafs" mount_fuse

suid_dev_by_default() {
  mount_layers && cp /usr/bin/id "$M/id" && chmod 4755 "$M/id" && [ "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$M/id" -u)" = 0 ] && unmount
}
check "suid programs work on a mount by root, unless nosuid is given" suid_dev_by_default
nosuid() { mount_layers nosuid && [ "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$M/id" -u)" = 65534 ] && unmount; }
check "nosuid" nosuid
summary
