# The union checks over prepared layers; afterwards the lower layers are what they were.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
"$OUT/union" -p "$T" || { fail "prepare"; summary; exit 1; }
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/before"
mount_layers || { fail "mount"; summary; exit 1; }
last=
while IFS= read -r line; do
  [ -z "$last" ] || echo "$last"
  last=$line
done < <("$OUT/union" -k "$KIND" -x "$root/native-tests/known/${KNOWN:-$KIND}" -e "$M")
if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
else
  fail "union ended without a summary: $last"
fi
tree_view "$M" >"$T/view"
unmount || fail "unmount"
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/after"
check "lower layers are unchanged" diff "$T/before" "$T/after"
if [ "$KIND" != plain ]; then
  check "work directory holds nothing but its own directories" \
    sh -c 'test -z "$(find "$1" -mindepth 2 ! -path "*/index/*" ! -path "*/hardlinks/*" -print | head)" || { find "$1"; exit 1; }' sh "$T/work"
  same_after_remount() {
    mount_layers && tree_view "$M" >"$T/again" && unmount && diff "$T/view" "$T/again"
  }
  check "the tree is the same after a remount" same_after_remount
fi
if [ "$KIND" = stratafs ] && [ -z "${NESTED-}" ]; then # the kernel takes no upper on FUSE
  # Two names of one lower file, changed through one of them: our index of such links is not the kernel's.
  without_hard_links() { grep -v "hard_links\?_of_lower[^ ]*/hl" "$1"; }
  # To a mount without userxattr, user.overlay.* is like any other, so it shows what is on disk.
  user_overlay() { sed 's/^user\.overlay\.overlay\./user.overlay./'; }
  same_by_overlayfs() {
    mount_by_kernel "$T/kernel-work" &&
      tree_view "$M" >"$T/kernel" && umount "$M" && diff <(without_hard_links "$T/view") <(without_hard_links "$T/kernel" | user_overlay)
  }
  check "kernel overlayfs shows the same tree over the same layers" same_by_overlayfs
fi
summary
