# Unions in unions: the layers of one mount are directories in another. The union checks run in the inner mount.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT

# inside NAME GROUP: runs a group of checks with its layers in the outer mount at $M.
inside() {
  local last= line
  echo "# $1: $2"
  while IFS= read -r line; do
    [ -z "$last" ] || echo "$last"
    last=$line
  done < <(TMPDIR=$M KIND=stratafs NESTED=1 bash "$root/native-tests/groups/$2.sh" 2>&1)
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
  else
    fail "$1: $2 ended without a summary: $last"
  fi
}

# What kernel overlayfs reads of a lower that lies in StrataFS: marks as the programs that set them see them.
kernel_inside_stratafs() {
  local in=$T/in
  mkdir "$in" "$M/top" "$M/top/opaque" "$M/top/moved" "$M/top/holes" "$M/low" &&
    mkdir "$M/low/opaque" "$M/low/from" "$M/low/holes" &&
    touch "$M/low/opaque/hidden" "$M/low/from/followed" "$M/low/holes/gone" "$M/low/holes/kept" "$M/top/holes/gone" "$M/top/.wh.from" &&
    setfattr -n trusted.overlay.opaque -v y "$M/top/opaque" &&
    setfattr -n trusted.overlay.redirect -v from "$M/top/moved" &&
    setfattr -n trusted.overlay.opaque -v x "$M/top/holes" &&
    setfattr -n trusted.overlay.whiteout -v y "$M/top/holes/gone" || return 1
  mount -t overlay overlay -o "redirect_dir=follow,lowerdir=$M/top:$M/low" "$in" || return 1
  (cd "$in" && find . | sort) >"$T/kernel"
  umount "$in"
  rmdir "$in"
  # Ours with the same layers shows the same, but for the whiteout by name, which is a name to the kernel.
  printf '%s\n' . ./.wh.from ./from ./from/followed ./holes ./holes/kept ./moved ./moved/followed ./opaque | diff - "$T/kernel"
}

mount_layers || { fail "mount"; summary; exit 1; }
check "kernel overlayfs inside StrataFS reads the marks set there" kernel_inside_stratafs
inside "StrataFS inside StrataFS" union
check "the outer mount's own upper has no mark of the inner one" \
  sh -c '! find "$1" -name "stratafs-test.*" -prune -o -print | grep "/\.wh\." | grep -v "/top/\.wh\.from$"' sh "$T/upper"
unmount || fail "unmount"

KIND=overlay
if mount_layers; then
  inside "StrataFS inside kernel overlayfs" union
  unmount || fail "unmount"
else
  skip "StrataFS inside kernel overlayfs" "kernel overlayfs cannot be mounted here"
fi
KIND=stratafs
summary
