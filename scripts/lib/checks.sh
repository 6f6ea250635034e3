# Sourced by the acceptance scripts: runs check_NAME functions, a line each, and counts them. $base is a directory of theirs that has
# `log` in it.

passed=0 failed=0 skipped=0

# Each in a subshell that ends at the first command that fails, in a pipe too (not in an `if`, where set -e means nothing; and
# not `| grep -q`, which ends before what it reads and so fails the pipe); its output is kept.
run_check() {
  local name=$1 log=$base/log/$1
  (set -euo pipefail; "check_$name") >"$log" 2>&1 &
  wait $!
  local status=$?
  if [ "$status" = 0 ]; then
    passed=$((passed + 1))
    echo "ok $name"
  elif [ "$status" = 77 ]; then
    skipped=$((skipped + 1))
    echo "skipped: $name: $(tail -n 1 "$log")"
  else
    failed=$((failed + 1))
    echo "FAIL $name: $(tail -n 6 "$log" | tr '\n' ' ')"
  fi
}

# Ends a check that means nothing here: skip REASON.
skip() {
  echo "$1"
  exit 77
}

# Ends the script, of which nothing can be tried here: skip_all REASON.
skip_all() {
  echo "skipped: $1"
  echo "0 passed, 0 failed, 1 skipped"
  exit 77
}

# same EXPECTED ACTUAL. What is expected is never nothing: both are mostly what commands print, and two that fail print the same.
same() {
  [ -n "$1" ] && [ "$1" = "$2" ] || {
    printf 'expected:\n%s\nbut was:\n%s\n' "$1" "$2" >&2
    return 1
  }
}

# nothing TEXT: there is none.
nothing() {
  [ -z "$1" ] || {
    printf 'expected nothing, but there was:\n%s\n' "$1" >&2
    return 1
  }
}

# Runs the checks named.
run_checks() {
  local name
  for name; do
    run_check "$name"
  done
}

# All functions check_NAME, sorted: their names.
all_checks() {
  declare -F | sed -n 's/^declare -f check_//p' | sort
}

# The last line, and the status: whether all went well, and there was something.
verdict() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
