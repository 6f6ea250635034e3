# Several processes, random operations, one tree with lower layers; then stress-ng where it is installed.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
echo "# seed $seed"
mkdir "$T"/l{1,2,3}/h
for i in 1 2 3; do
  "$OUT/hammer" -s $((seed + i)) -p 2 -n 3000 "$T/l$i/h" >/dev/null || fail "the layers could not be made"
done
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/before"
mount_layers || { fail "mount"; summary; exit 1; }
check "hammer" timeout 300 "$OUT/hammer" -s "$seed" -p 4 -n "${HAMMER_OPERATIONS:-4000}" "$M/h"
echo "# covered $((4 * ${HAMMER_OPERATIONS:-4000})) hammer operations"
tree_view "$M/h" >"$T/view"
if [ "$KIND" != plain ]; then
  check "unmount after the hammer" unmount
  check "mount again" mount_layers
  tree_view "$M/h" >"$T/again"
  check "the tree is the same after a remount" diff "$T/view" "$T/again"
fi
if [ "$KIND" != stratafs ] && [ -z "${STRESS-}" ]; then
  : # the stressors test StrataFS, not these tests; STRESS=1 runs them here too
elif command -v stress-ng >/dev/null; then
  mkdir "$M/stress"
  check "stress-ng file stressors" timeout 200 stress-ng --temp-path "$M/stress" --quiet --timeout "${STRESS_SECONDS:-20}" --verify \
    --dentry 1 --dentry-ops 2000 --dir 1 --dir-ops 500 --rename 1 --rename-ops 2000 --link 1 --link-ops 200 \
    --symlink 1 --symlink-ops 200 --utime 1 --utime-ops 2000 --chmod 1 --chmod-ops 500 --chown 1 --chown-ops 500 \
    --fallocate 1 --fallocate-ops 100 --fallocate-bytes 4m --hdd 1 --hdd-ops 100 --hdd-bytes 4m --seek 1 --seek-ops 1000 \
    --xattr 1 --xattr-ops 50 --flock 1 --flock-ops 1000 --lockofd 1 --lockofd-ops 1000 \
    --getdent 1 --getdent-ops 200 --open 1 --open-ops 500 \
    --sendfile 1 --sendfile-ops 200 --sendfile-size 64k --readahead 1 --readahead-ops 100 --readahead-bytes 4m \
    --mmap 1 --mmap-ops 20 --mmap-bytes 4m --mmap-file --fstat 1 --fstat-ops 500 --access 1 --access-ops 200 \
    --fiemap 1 --fiemap-ops 50 --fiemap-bytes 1m --io 1 --io-ops 50 --inotify 1 --inotify-ops 5
  rm -rf "$M/stress"
else
  skip "stress-ng file stressors" "stress-ng is not installed"
fi
unmount || fail "unmount"
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/after"
check "lower layers are unchanged" diff "$T/before" "$T/after"
summary
