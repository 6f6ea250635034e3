# Random reads, writes, mappings, truncations and holes on files of lower and new files, against a buffer.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
echo "# seed $seed"
files=()
for i in 1 2 3 4 5 6 7 8; do
  head -c $((i * i * 4001)) /dev/urandom >"$T/l$((i % 3 + 1))/f$i"
done
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/before"
mount_layers || { fail "mount"; summary; exit 1; }
for i in 1 2 3 4 5 6 7 8 9 10; do files+=("$M/f$i"); done
kept=
[ "$KIND" = overlay ] && kept=-M
check "fsx over lower files, short runs" timeout 200 "$OUT/fsx" $kept -s "$seed" -n "${FSX_OPERATIONS:-400}" "${files[@]}"
check "fsx on one file, a long run" timeout 200 "$OUT/fsx" $kept -s "$seed" -n $((${FSX_OPERATIONS:-400} * 8)) "$M/long"
check "fsx with small files" timeout 200 "$OUT/fsx" $kept -s "$seed" -l 9000 -n $((${FSX_OPERATIONS:-400} * 4)) "$M/s1" "$M/s2"
several_at_once() {
  local pids=() i status=0
  for i in 1 2 3; do
    timeout 200 "$OUT/fsx" $kept -s $((seed + i)) -n "${FSX_OPERATIONS:-400}" "$M/p$i" &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i" || status=1; done
  return $status
}
check "fsx in three processes at once" several_at_once
# Ten files, the long run of 8 times as many, two small files of 4 times as many, three processes.
echo "# covered $((${FSX_OPERATIONS:-400} * (10 + 8 + 2 * 4 + 3))) fsx operations"
unmount || fail "unmount"
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/after"
check "lower layers are unchanged" diff "$T/before" "$T/after"
summary
