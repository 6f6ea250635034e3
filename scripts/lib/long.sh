# Sourced by scripts/test: stage_long, which gives its minutes to tests with fresh seeds and prints what they covered.
#
# In turn: a fault at every system call and a crash at every change (as long as it takes, with all errnos from 20 minutes
# on); a million operations under libfuse, from 10 minutes on; the native groups that draw lots, a third of the time left;
# then the JUnit tests tagged `random`, an equal part of the rest each.

stage_long() {
  local end=$((SECONDS + 60 * minutes)) log=$PWD/target/long tags seconds status=0 seed
  rm -rf "$log" && mkdir -p "$log" || return 1
  scripts/lib/build.sh && long_maven test-compile -Dspotless.check.skip=true || return 1

  long_tests 'FaultTest,CrashTest' -Dstratafs.faults="$([ "$minutes" -lt 20 ] || echo all)" || status=1

  if [ "$minutes" -ge 10 ]; then
    long_tests 'LibfuseTest#memoryAndThreadsStayFlatOverManyOperations' -Dstratafs.libfuseOperations=1000000 || status=1
  fi

  local native_end=$((SECONDS + (end - SECONDS) / 3)) at=0 kinds=("stratafs fsx" "stratafs hammer" "stratafs crash" "libfuse fsx" "libfuse crash" "relayed fsx")
  while [ "$SECONDS" -lt "$native_end" ]; do
    seed=$((RANDOM * 32768 + RANDOM))
    # shellcheck disable=SC2086  # the kind and the group
    SEED=$seed STRESS_SECONDS=5 native-tests/run ${kinds[at++ % ${#kinds[@]}]} 2>&1 | tee "$log/native" || true
    read -r done _ bad _ other _ < <(tail -n 1 "$log/native")
    count "${done:-0}" "${bad:-1}" "${other:-0}"
    [ "${bad:-1}" = 0 ] || { status=1; sed -n '/^not ok/,/^[^ ]/p' "$log/native" >>"$log/failures"; echo "again: SEED=$seed native-tests/run ${kinds[(at - 1) % ${#kinds[@]}]}" >>"$log/failures"; }
    sed -n 's/^# covered //p' "$log/native" >>"$log/coverage"
  done

  tags=$(grep -rho '@Tag("random")' src/test/java | wc -l)
  seconds=$(((end - SECONDS) / tags))
  [ "$seconds" -ge 5 ] || seconds=5
  long_tests '*Test' -Dgroups=random -Dstratafs.seconds="$seconds" || status=1

  echo "== covered in $(((SECONDS - end + 60 * minutes + 30) / 60)) minutes"
  awk '{ n = $1; $1 = ""; sum[$0] += n } END { for (what in sum) printf "%12d%s\n", sum[what], what }' "$log/coverage" | sort -k2
  if [ -s "$log/failures" ]; then
    echo "== failures"
    cat "$log/failures"
  fi
  return $status
}

long_maven() { mvn -B -q -o "$@" || mvn -B -q "$@"; }

# long_tests TESTS OPTION...: runs and counts JUnit tests; what failed is kept with its seed and script.
long_tests() {
  local tests=$1 status=0
  shift
  rm -rf target/surefire-reports
  mvn -B -q -o surefire:test -Dtest="$tests" -Dstratafs.fresh=true -Dstratafs.coverage="$PWD/target/long/coverage" "$@" >"target/long/maven" 2>&1 || status=1
  count_surefire target/surefire-reports || return 1
  [ "$status" = 0 ] || python3 scripts/lib/surefire.py --failures target/surefire-reports >>target/long/failures
  return $status
}
