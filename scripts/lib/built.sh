# Sourced by the commands with $root set: sees to it that what is built is not older than the sources, and sets
# $run (the directory with the argument files of the JVM) and $java.

if [ -z "${STRATAFS_RUN-}" ]; then
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
else
  run=$root/$STRATAFS_RUN
fi
read -r java <"$run/java" || exit 1
# Few threads allocate native memory; an arena each would only be resident.
export MALLOC_ARENA_MAX=2

# The JVM would announce these on standard error.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
