# Sourced by the commands with $lib set, the directory of this file: sets $run, the directory with the argument files of
# the JVM (run-dir.sh), and $java.

if [ -e "$lib/built.sh" ]; then
  . "$lib/built.sh"
else
  # Installed: the package has made it, or whoever unpacked the archive does it now.
  run=$lib/run
  if ! [ -e "$run/java" ]; then
    if ! [ -w "$lib" ]; then
      echo "stratafs: not set up yet: run $lib/prepare as root" >&2
      exit 1
    fi
    "$lib/prepare" || exit 1
  fi
fi
read -r java <"$run/java" || exit 1
if ! [ -x "$java" ]; then
  echo "stratafs: $java is gone: install a Java runtime of version 17 or newer, and run $lib/prepare as root" >&2
  exit 1
fi
# Few threads allocate native memory; an arena each would only be resident.
export MALLOC_ARENA_MAX=2

# The JVM would announce these on standard error.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
