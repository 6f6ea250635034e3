# The POSIX list in a directory of upper, and again in a directory that comes from a lower and is merged.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
mkdir "$T"/l{1,2,3}/merged "$T/l3/merged/only" "$T/l1/merged/other"
mount_layers || { fail "mount"; summary; exit 1; }
mkdir "$M/new"
known=$root/native-tests/known/${KNOWN:-$KIND}
for dir in new merged; do
  echo "# in $dir"
  last=
  while IFS= read -r line; do
    [ -z "$last" ] || echo "$last"
    last=$line
  done < <("$OUT/posix" -k "$KIND" -x "$known" "$M/$dir")
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
  else
    fail "posix in $dir ended without a summary: $last"
  fi
done
unmount || fail "unmount"
summary
