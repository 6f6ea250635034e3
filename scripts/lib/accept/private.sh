# Sourced by the acceptance scripts: what they mount, start and write is in namespaces and a directory of their own.

# Where podman and its kin write whatever their configuration says: locks, and what they know about networks and blobs.
private_places=(/dev/shm /run/containers /etc/containers/networks /var/lib/containers)

# Ends the script unless it is root's.
need_root() {
  [ "$(id -u)" = 0 ] || skip_all "${0##*/} has to be started by root, for namespaces of its own, and where it tries an ordinary user it makes one: sudo $0"
}

# Runs this script again, as root of a mount and process namespace that takes everything with it, with $STRATAFS_ACCEPT an
# empty directory; ends with its status: in_private ARGUMENT...
in_private() {
  local base status place made=()
  base=$(mktemp -d /run/stratafs-accept.XXXXXX) || exit 1
  for place in "${private_places[@]}"; do
    [ -d "$place" ] || { mkdir -p "$place" && made+=("$place"); }
  done
  STRATAFS_ACCEPT=$base unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
  status=$?
  # Not what somebody else has begun to use meanwhile.
  rmdir --ignore-fail-on-non-empty "$base" "${made[@]}"
  exit $status
}

# Sets $base to that directory, with a tmpfs on it: private_base SIZE.
private_base() {
  local place
  base=$STRATAFS_ACCEPT
  mount -t tmpfs -o "size=$1,mode=755" none "$base" || exit 1
  for place in "${private_places[@]}"; do
    mount -t tmpfs -o mode=1777 none "$place" || exit 1
  done
}
