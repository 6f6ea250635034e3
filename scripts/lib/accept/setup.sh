# Sourced by scripts/accept-podman: a storage, a configuration and base images of its own, and what checks are made with.

. "$root/scripts/lib/accept/registry.sh"
mkdir "$base/storage" "$base/run" "$base/etc" "$base/tmp" "$base/work" "$base/log"
cd "$base/work" || exit 1
# podman follows this one when it looks for a place of its own.
export TMPDIR=$base/tmp HOME=$base/work

# The daemons' log, which a failed check shows.
export STRATAFS_LOG=$base/log/stratafs
program=
case $with in
  stratafs) program=$root/scripts/stratafs ;;
  fuse-overlayfs) program=$(command -v fuse-overlayfs) ;;
esac
cat >"$base/etc/storage.conf" <<CONF
[storage]
driver = "overlay"
runroot = "$base/run"
graphroot = "$base/storage"
rootless_storage_path = "$base/storage"
[storage.options.overlay]
CONF
[ -z "$program" ] || echo "mount_program = \"$program\"" >>"$base/etc/storage.conf"
cat >"$base/etc/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
default_sysctls = []
netns = "host"
log_driver = "k8s-file"
pids_limit = 0
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
printf '[[registry]]\nlocation = "127.0.0.1:5099"\ninsecure = true\n' >"$base/etc/registries.conf"
export CONTAINERS_STORAGE_CONF=$base/etc/storage.conf CONTAINERS_CONF=$base/etc/containers.conf
export CONTAINERS_REGISTRIES_CONF=$base/etc/registries.conf
mkdir -p "$HOME/.config/containers"
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$HOME/.config/containers/policy.json"

# A root file system of busybox alone, with what checks change: hard links, directories, a capability.
make_base() {
  local tree=$base/base
  mkdir -p "$tree"/{bin,etc,tmp,proc,sys,dev,data/old/deep,links,var/lib}
  cp "$(command -v busybox)" "$tree/bin/busybox"
  local name
  for name in sh ls cat echo rm mkdir mv cp chown chmod stat find touch ln sleep true false test id sort wc dd sync seq tar od; do
    ln -s busybox "$tree/bin/$name"
  done
  echo root:x:0:0:root:/:/bin/sh >"$tree/etc/passwd"
  echo root:x:0: >"$tree/etc/group"
  for name in a b c; do echo "lower $name" >"$tree/data/old/$name"; done
  echo deep >"$tree/data/old/deep/file"
  echo linked >"$tree/links/one"
  ln "$tree/links/one" "$tree/links/two"
  dd if=/dev/zero of="$tree/data/large" bs=1M count=4 status=none
  chmod 1777 "$tree/tmp"
  tar -C "$tree" -c . | podman import -q - base >/dev/null
}

# The image `debian`, with apt and setcap.
need_debian() {
  podman image exists debian && return
  [ -e "$base/debian.tar" ] || skip "no Debian can be made here: $(tail -n 1 "$base/debian.log")"
  podman import -q "$base/debian.tar" debian
}

# Runs a function of the checks where the storage can be mounted: an ordinary user's in podman's user namespace.
as_root_of_storage() {
  if [ -z "$rootless" ]; then
    "$1"
    return
  fi
  podman unshare bash -c "set -eu; root='$root' rootless='$rootless' base='$base'; $(declare -f same "$1"); $1"
}

# What podman mounted or started is gone once its containers are.
nothing_left() {
  podman rm -f -a -t 0 >/dev/null 2>&1
  podman umount -a >/dev/null 2>&1
  local tries=0
  while left && [ "$tries" -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  if left; then
    failed=$((failed + 1))
    echo "FAIL nothing-left: $(grep "$base/storage" /proc/mounts; pgrep -a -f "$base/storage")"
  else
    passed=$((passed + 1))
    echo "ok nothing-left"
  fi
}

left() {
  grep -q "$base/storage/overlay/.*/merged" /proc/mounts || pgrep -f "upperdir=$base/storage|workdir=" >/dev/null
}

# Where podman cannot run a container on plain directories either, it is not the mount program's fault.
if ! make_base 2>"$base/log/base"; then
  why=$(podman --root "$base/plain" --runroot "$base/plain-run" --storage-driver vfs info 2>&1 >/dev/null) && {
    echo "FAIL base: $(cat "$base/log/base")"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  }
  skip_all "podman does not run here: $why"
fi
