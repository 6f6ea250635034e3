# Sourced by scripts/accept-strata: an image of three layers, made by buildah, in each form that tools hand images on in.

. "$root/scripts/lib/accept/registry.sh"
mkdir "$base/log" "$base/work" "$base/tmp" "$base/etc"
cd "$base/work" || exit 1
export TMPDIR=$base/tmp HOME=$base/work STRATA_STORE=$base/store
cat >"$base/etc/storage.conf" <<CONF
[storage]
driver = "vfs"
runroot = "$base/run"
graphroot = "$base/storage"
CONF
cat >"$base/etc/containers.conf" <<CONF
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
export CONTAINERS_STORAGE_CONF=$base/etc/storage.conf CONTAINERS_CONF=$base/etc/containers.conf
mkdir -p "$HOME/.config/containers"
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$HOME/.config/containers/policy.json"

strata() {
  "$root/scripts/strata" "$@"
}

# What layers can hold: what odd_layer.py says, hard links, capabilities, devices, holes, odd names, large ids; then deletions and replacements.
make_image() {
  local container mounted name
  container=$(buildah from -q scratch)
  mounted=$(buildah mount "$container")
  mkdir -p "$mounted"/{bin,etc,proc,dev,opt/many,opt/sub/deep,opt/kept}
  cp "$(command -v busybox)" "$mounted/bin/busybox"
  for name in sh ls cat echo; do ln -s busybox "$mounted/bin/$name"; done
  for name in $(seq 200); do echo "$name" >"$mounted/opt/many/$name"; done
  ln "$mounted/opt/many/1" "$mounted/opt/many/linked"
  echo deep >"$mounted/opt/sub/deep/file"
  mkdir -m 2755 "$mounted/opt/setgid"
  chown 5:7 "$mounted/opt/setgid"
  chown 3000001:3000002 "$mounted/opt/many/2"
  chmod 4711 "$mounted/opt/many/3"
  touch -d '2001-02-03 04:05:06' "$mounted/opt/many/4"
  cp "$(command -v busybox)" "$mounted/bin/capable"
  setcap cap_net_raw+ep "$mounted/bin/capable"
  setfattr -n user.tried -v value "$mounted/opt/many/5"
  mknod "$mounted/opt/block" b 7 3
  mkfifo "$mounted/opt/fifo"
  truncate -s 5M "$mounted/opt/hole"
  echo odd >"$mounted/opt/"$'new\nline'
  buildah config --cmd '["/bin/sh"]' --env WORD=hello --workingdir /opt "$container"
  buildah commit -q "$container" one

  container=$(buildah from -q one)
  mounted=$(buildah mount "$container")
  rm "$mounted/opt/many/6" "$mounted/opt/many/linked"
  rm -rf "$mounted/opt/sub" "$mounted/opt/kept"
  mkdir "$mounted/opt/kept"
  echo new >"$mounted/opt/kept/new"
  echo changed >"$mounted/opt/many/7"
  mv "$mounted/opt/setgid" "$mounted/opt/moved"
  buildah commit -q "$container" two

  container=$(buildah from -q two)
  mounted=$(buildah mount "$container")
  rm "$mounted/opt/many/8"
  mkdir "$mounted/opt/many/8"
  echo in >"$mounted/opt/many/8/in"
  rm -rf "$mounted/opt/moved"
  echo file >"$mounted/opt/moved"
  echo back >"$mounted/opt/many/6"
  buildah commit -q "$container" three
  buildah push -q three oci:layout:three
  python3 "$root/scripts/lib/accept/odd_layer.py" layout
  skopeo copy -q oci:layout:three docker-archive:docker.tar:three:1
  skopeo copy -q oci:layout:three oci-archive:oci.tar:three
  umoci unpack --image layout:three unpacked
  python3 "$root/scripts/lib/accept/tree.py" unpacked/rootfs >unpacked.tree
}

# Not in the condition, where set -e means nothing.
(set -e; make_image) >"$base/log/make" 2>&1 &
if ! wait $!; then
  echo "FAIL the image could not be made: $(tail -n 5 "$base/log/make" | tr '\n' ' ')"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
