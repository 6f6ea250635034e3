# Mounts by those who are not root: through fusermount3, and as root of a user namespace.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
uid=65534
as_user() { setpriv --reuid $uid --regid $uid --clear-groups "$@"; }
install -d -o $uid -g $uid "$T/nu" "$T/nw" "$T/nm"
echo lower >"$T/l1/f"
mkdir "$T/l1/d" && echo x >"$T/l1/d/x"
chown -R $uid:$uid "$T/l1"
layers="lowerdir=$T/l1:$T/l2,upperdir=$T/nu,workdir=$T/nw"

# A script that a user runs on his mount.
cat >"$T/session" <<'S'
set -e
cd "$1"
cat f >/dev/null; ls -la . >/dev/null
echo more >>f; echo new >n; mkdir made; mv n made/n; ln made/n made/l; ln -s f s
rm -rf d; mkdir d; [ -z "$(ls d)" ]; chmod 600 f; touch -d 2001-01-01 f
[ "$(tail -n1 f)" = more ]; [ "$(stat -c %h made/n)" = 2 ]
rm f; [ ! -e f ]
S
chmod 755 "$T/session"

# Private mount namespace in which everybody may open /dev/fuse, as on a desktop.
by_fusermount() {
  command -v fusermount3 >/dev/null || { echo "fusermount3 is not installed"; exit 77; }
  [ -u "$(command -v fusermount3)" ] || { echo "fusermount3 is not set-uid"; exit 77; }
  mkdir -p "$T/device" && mknod "$T/device/fuse" c 10 229 && chmod 666 "$T/device/fuse" || return 1
  timeout 100 unshare -m sh -e -c 'T=$1 stratafs=$2 layers=$3
    mount --make-rprivate /; mount --bind "$T/device/fuse" /dev/fuse
    run() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    run "$stratafs" -o "$layers" "$T/nm"
    grep " $T/nm fuse.stratafs rw,nosuid,nodev" /proc/self/mounts
    run sh "$T/session" "$T/nm"
    run fusermount3 -u "$T/nm"
    ! grep -q " $T/nm " /proc/self/mounts' sh "$T" "$STRATAFS" "$layers" &&
    [ -e "$T/nu/made/n" ] && wait_for_daemon_end
}
check "an ordinary user through fusermount3" by_fusermount

by_fusermount_signal() {
  [ -u "$(command -v fusermount3)" ] || { echo "fusermount3 is not set-uid"; exit 77; }
  timeout 100 unshare -m sh -e -c 'T=$1 stratafs=$2 layers=$3
    mount --make-rprivate /; mount --bind "$T/device/fuse" /dev/fuse
    run() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    # Not by run: the process to be killed is not a shell.
    setpriv --reuid 65534 --regid 65534 --clear-groups "$stratafs" -f -o "$layers" "$T/nm" & pid=$!
    n=0; until grep -q " $T/nm " /proc/self/mounts; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.1; done
    run ls "$T/nm"
    kill -TERM $pid; wait $pid || [ $? = 143 ]
    ! grep -q " $T/nm " /proc/self/mounts' sh "$T" "$STRATAFS" "$layers"
}
check "SIGTERM unmounts an ordinary user's mount" by_fusermount_signal

rm -rf "$T/nu" "$T/nw"
install -d -o $uid -g $uid "$T/nu" "$T/nw"
in_user_namespace() {
  as_user unshare -Ur true 2>/dev/null || { echo "user namespaces are not allowed here"; exit 77; }
  [ -e /dev/fuse ] || { echo "no /dev/fuse"; exit 77; }
  timeout 100 unshare -m sh -e -c 'T=$1 stratafs=$2 layers=$3
    mount --make-rprivate /; [ ! -e "$T/device/fuse" ] || mount --bind "$T/device/fuse" /dev/fuse
    setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urm sh -e -c "
      \"$stratafs\" -o \"$layers\" \"$T/nm\"
      grep \" $T/nm fuse.stratafs\" /proc/self/mounts
      sh \"$T/session\" \"$T/nm\"
      [ \"\$(stat -c %u \"$T/nm/made/n\")\" = 0 ]
      umount \"$T/nm\""' sh "$T" "$STRATAFS" "$layers" &&
    [ -e "$T/nu/made/n" ] && [ "$(stat -c %u "$T/nu/made/n")" = $uid ] && [ "$(stat -c '%F %t %T' "$T/nu/f")" = "character special file 0 0" ] && wait_for_daemon_end
}
check "root of a user namespace by mount(2)" in_user_namespace
summary
