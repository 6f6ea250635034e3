#!/bin/sh
# Builds StrataFS when its sources are newer than the build, and lays out what scripts/stratafs starts:
#
#   target/run -> run-N/        the newest; older ones stay while a daemon may still load classes from them
#     stratafs.jar lib/         the class path, and libjffi unpacked (so that a start writes nothing to /tmp)
#     jvm.args                  the flags of a small and quick JVM
#     lib-strata/ strata.args   what strata has besides on its class path, and the flags of its JVM
#     java                      the path of the java to use
#     stratafs.jsa              the AppCDS archive: the classes of a mount, parsed and laid out
#
# Only one build runs at a time. Quiet but for one line; Maven's words go to target/build.log.
set -eu
umask 022
here=$(cd "$(dirname "$0")/../.." && pwd -P)
cd "$here"
. scripts/lib/install.sh

fresh() {
  [ -e target/run/stamp ] && [ -e target/run/strata.args ] &&
    [ -z "$(find pom.xml src/main scripts/lib/*.sh -newer target/run/stamp -print -quit)" ]
}

# The archive is made from the classes that real mounts load; where none can be mounted, from those of --version.
train() {
  run=$1
  list=$run/classes.list
  work=$(mktemp -d)
  mkdir "$work/lower" "$work/upper" "$work/work" "$work/merged" "$work/lower/dir"
  echo lower >"$work/lower/dir/file"
  echo other >"$work/lower/other"
  STRATAFS_RUN=$run STRATAFS_JAVA_OPTS="-Xshare:off -XX:DumpLoadedClassList=$here/$list" \
    timeout 60 unshare -m sh -c '
      scripts/stratafs -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged" || exit 1
      m=$1/merged
      ls -lR "$m" && cat "$m/dir/file" && echo more >>"$m/dir/file" && rm "$m/other" && mkdir "$m/new" &&
        echo new >"$m/new/file" && mv "$m/new/file" "$m/new/name" && ln -s a "$m/link" && readlink "$m/link" &&
        chmod 600 "$m/dir/file" && touch "$m/dir/file" && rm -r "$m/new" && df "$m"
      umount "$m"
    ' sh "$work" >/dev/null 2>&1 || true
  # The daemon writes the list as it exits, after the unmount.
  tries=0
  while [ ! -s "$list" ] && [ "$tries" -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  rm -rf "$work"
  if [ ! -s "$list" ]; then
    STRATAFS_RUN=$run STRATAFS_JAVA_OPTS="-Xshare:off -XX:DumpLoadedClassList=$here/$list" \
      scripts/stratafs --version >/dev/null 2>&1
  fi
  # The same -cp, word for word, as jvm.args says: the JVM compares them as text.
  "$JAVA" -Xshare:dump -Xlog:disable -XX:+UseSerialGC -XX:SharedClassListFile="$list" \
    -XX:SharedArchiveFile="$run/stratafs.jsa" -cp "$(class_path "$run")" >>target/build.log 2>&1 ||
    rm -f "$run/stratafs.jsa"
}

class_path() {
  path=$here/$1/stratafs.jar
  for jar in "$1"/lib/*.jar; do
    path=$path:$here/$jar
  done
  echo "$path"
}

lay_out() {
  run=target/run-$(date +%s)-$$
  mkdir "$run" "$run/lib"
  cp target/stratafs.jar "$run/"
  cp target/lib/*.jar "$run/lib/"
  mkdir "$run/lib-strata"
  cp target/lib-strata/*.jar "$run/lib-strata/"
  (cd "$run/lib" && "$JAVA_HOME/bin/jar" xf jffi-*-native.jar "jni/$(uname -m)-Linux")
  echo "$JAVA" >"$run/java"
  # One compiler thread and the quick compiler only, early: most mounts are too short for the usual
  # thresholds (docs/DECISIONS.md); a heap that starts small and gives memory back; no files of
  # statistics or crashes; no JMX. jffi
  # starts java.util.logging, which need not read its file. An exhausted heap ends the daemon (see DECISIONS.md).
  cat >"$run/jvm.args" <<ARGS
-Xshare:auto
-XX:SharedArchiveFile="$here/$run/stratafs.jsa"
-Xlog:disable
-XX:TieredStopAtLevel=1
-XX:CompileThresholdScaling=0.2
-XX:+UseSerialGC
-XX:-UsePerfData
-Xms8m
-XX:MaxRAMPercentage=25
-XX:MinHeapFreeRatio=40
-XX:MaxHeapFreeRatio=60
-XX:MaxDirectMemorySize=1g
-XX:ReservedCodeCacheSize=24m
-Xss512k
-XX:+ExitOnOutOfMemoryError
-XX:+ErrorFileToStderr
-XX:-CreateCoredumpOnCrash
-Dfile.encoding=ISO-8859-1
-Djava.util.logging.config.file=/dev/null
-Djffi.boot.library.path="$here/$run/lib/jni/$(uname -m)-Linux"
-cp "$(class_path "$run")"
ARGS
  # strata works for seconds and on much data: both compilers, and a heap that the size of an image does not fill.
  cat >"$run/strata.args" <<ARGS
-Xshare:auto
-XX:+UseSerialGC
-XX:-UsePerfData
-Xmx512m
-XX:MaxDirectMemorySize=256m
-XX:-CreateCoredumpOnCrash
-XX:+ErrorFileToStderr
-Dfile.encoding=ISO-8859-1
-Djava.util.logging.config.file=/dev/null
-Djffi.boot.library.path="$here/$run/lib/jni/$(uname -m)-Linux"
-cp "$(class_path "$run"):$here/$run/lib-strata/*"
ARGS
  train "$run"
  touch -r target/build.start "$run/stamp"
  ln -sfn "${run#target/}" target/run.new
  mv -T target/run.new target/run
  # The one before stays for daemons that still run from it.
  ls -dt target/run-* | tail -n +3 | while read -r old; do rm -rf "$old"; done
}

mkdir -p target
exec 9>target/.build.lock
flock 9
fresh && exit 0
echo "stratafs: building (once; the first time takes a minute)" >&2
need_build_tools
# Not for root, who mounts by mount(2): for ordinary users, and for fusermount3 -u.
[ "$(id -u)" != 0 ] || install_missing fusermount3=fuse3 || true
touch target/build.start
# Offline first: Maven asks the network about nothing it has.
if ! mvn -B -q -o -Dmaven.test.skip=true package >target/build.log 2>&1 9>&- &&
  ! mvn -B -q -Dmaven.test.skip=true package >target/build.log 2>&1 9>&-; then
  echo "stratafs: the build failed, see $here/target/build.log: $(grep -m1 ERROR target/build.log)" >&2
  exit 1
fi
lay_out 9>&-
