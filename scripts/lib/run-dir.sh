# Sourced: makes a run directory, which holds what depends on the machine's Java and on where the program lies. Used by
# scripts/lib/build.sh in a source tree and by `prepare` of an installed StrataFS.
#
#   java           the path of the java to use
#   jvm.args       the flags of a small and quick JVM, for a mount
#   strata.args    those of strata
#   libjffi-1.2.so unpacked, so that a start writes nothing to /tmp
#   stratafs.jsa   the AppCDS archive: the classes of a mount, parsed and laid out
#   strata.jsa     that of strata

# The path of a java of version 17 or newer that has PROGRAM beside it: find_java java|javac. JAVA_HOME's, the one on the
# PATH, or one of Debian's.
find_java() {
  for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java || true)" /usr/lib/jvm/java-*-openjdk*/bin/java; do
    [ -n "$java" ] && [ -x "$java" ] || continue
    # The java of the PATH may be a chain of links, and its javac may be missing: look beside the real one.
    real=$(readlink -f "$java")
    [ -x "${real%/*}/$1" ] || continue
    if [ "$(java_version "$real")" -ge 17 ]; then
      echo "$real"
      return 0
    fi
  done
  return 1
}

# Its feature release, 0 if it does not say.
java_version() {
  version=$("$1" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  echo "${version:-0}"
}

# make_run_dir JAVA HOME RUN FINAL: makes it in the directory RUN, which will be FINAL, for the program in HOME
# (stratafs.jar, lib, lib-strata, classes.list). All are absolute. In a shell of its own, so that no variable is changed.
make_run_dir() (
  java=$1 home=$2 run=$3 final=$4
  class_path=$home/stratafs.jar
  for jar in "$home"/lib/*.jar; do
    class_path=$class_path:$jar
  done
  # By jffi's own loader, which is not first in the class path of ours.
  "$java" -Xshare:auto -XX:TieredStopAtLevel=1 -Djffi.extract.dir="$run" -Djffi.extract.name=libjffi-1.2.so \
    -cp "${class_path#*:}" com.kenai.jffi.Main >/dev/null || exit 1
  echo "$java" >"$run/java" || exit 1
  # Newer ones warn, on standard error, of the loading of native libraries; 17 does not know the flag.
  native=
  [ "$(java_version "$java")" -lt 22 ] || native=--enable-native-access=ALL-UNNAMED
  # One compiler thread and the quick compiler only, early: most mounts are too short for the usual
  # thresholds (docs/DECISIONS.md); a heap that starts small, has little room for garbage, of which
  # there is little, and gives memory back; no files of statistics or crashes; no JMX. An exhausted heap ends the daemon (see DECISIONS.md).
  cat >"$run/jvm.args" <<ARGS
$native
-Xshare:auto
-XX:SharedArchiveFile="$final/stratafs.jsa"
-Xlog:disable
-XX:TieredStopAtLevel=1
-XX:CompileThresholdScaling=0.2
-XX:+UseSerialGC
-XX:-UsePerfData
-Xms8m
-XX:MaxRAMPercentage=25
-XX:MaxNewSize=16m
-XX:MinHeapFreeRatio=40
-XX:MaxHeapFreeRatio=60
-XX:-ShrinkHeapInSteps
-XX:MaxDirectMemorySize=1g
-XX:ReservedCodeCacheSize=24m
-Xss512k
-XX:+ExitOnOutOfMemoryError
-XX:+ErrorFileToStderr
-XX:-CreateCoredumpOnCrash
-Dfile.encoding=ISO-8859-1
-Djffi.boot.library.path="$final"
-cp "$class_path"
ARGS
  # strata works for seconds and on much data: both compilers, and a heap that the size of an image does not fill.
  cat >"$run/strata.args" <<ARGS
$native
-Xshare:auto
-XX:SharedArchiveFile="$final/strata.jsa"
-Xlog:disable
-XX:+UseSerialGC
-XX:-UsePerfData
-Xms32m
-Xmx512m
-XX:MaxDirectMemorySize=256m
-XX:-CreateCoredumpOnCrash
-XX:+ErrorFileToStderr
-Dfile.encoding=UTF-8
-Djffi.boot.library.path="$final"
-cp "$class_path:$home/lib-strata/*"
ARGS
  # The same -cp, word for word, as jvm.args says: the JVM compares them as text. A mount works without the archive, and
  # takes longer.
  # shellcheck disable=SC2086  # an option or nothing
  "$java" $native -Xshare:dump -Xlog:disable -XX:+UseSerialGC -XX:SharedClassListFile="$home/classes.list" \
    -XX:SharedArchiveFile="$run/stratafs.jsa" -cp "$class_path" || rm -f "$run/stratafs.jsa"
  # strata's from what an import of a small archive loads: it starts in half the time.
  grep -v SharedArchiveFile "$run/strata.args" >"$run/train.args"
  # (-D: what is in FINAL comes later.)
  tar -cf - -C "$run" java | "$java" "@$run/train.args" -Djffi.boot.library.path="$run" -XX:DumpLoadedClassList="$run/train.list" \
    org.stratafs.strata.Strata --store "$run/train" import --format rootfs - train:1 || true
  "$java" "@$run/train.args" -Xshare:dump -XX:SharedClassListFile="$run/train.list" \
    -XX:SharedArchiveFile="$run/strata.jsa" || rm -f "$run/strata.jsa"
  rm -rf "$run/train" "$run/train.args" "$run/train.list"
)
