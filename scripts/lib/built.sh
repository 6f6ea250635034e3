# Sourced by start.sh in a source tree, with $root set: sees to it that what is built is not older than the sources, and
# sets $run.

run=$root/target/run
if ! [ -e "$run/stamp" ] ||
  [ -n "$(find "$root/pom.xml" "$root/src/main" "$root"/scripts/lib/*.sh -newer "$run/stamp" -print -quit 2>&1)" ]; then
  # A user who may not write here runs what is built.
  if [ -w "$root" ]; then
    "$root/scripts/lib/build.sh" || exit 1
  elif ! [ -e "$run/stamp" ]; then
    echo "stratafs: not built yet, and $root is not writable: run scripts/stratafs --version once as its owner" >&2
    exit 1
  fi
fi
