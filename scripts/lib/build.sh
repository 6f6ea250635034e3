#!/bin/sh
# Builds StrataFS when its sources are newer than the build, and lays out what scripts/stratafs starts:
#
#   target/run -> run-N/        the newest; older ones stay while a daemon may still load classes from them
#     stratafs.jar lib/         the class path
#     lib-strata/               what strata has besides on its class path
#     classes.list              what the AppCDS archive is made of
#     java jvm.args ...         see run-dir.sh
#
# Only one build runs at a time. Quiet but for one line; Maven's words go to target/build.log.
set -eu
umask 022
here=$(cd "$(dirname "$0")/../.." && pwd -P)
cd "$here"
. scripts/lib/install.sh
. scripts/lib/run-dir.sh

fresh() {
  [ -e target/run/stamp ] && [ -e target/run/strata.args ] &&
    [ -z "$(find pom.xml src/main scripts/lib/*.sh -newer target/run/stamp -print -quit)" ]
}

lay_out() {
  run=target/run-$(date +%s)-$$
  mkdir "$run" "$run/lib"
  cp target/stratafs.jar "$run/"
  cp target/lib/*.jar "$run/lib/"
  mkdir "$run/lib-strata"
  cp target/lib-strata/*.jar "$run/lib-strata/"
  cp target/classes.list "$run/"
  make_run_dir "$JAVA" "$here/$run" "$here/$run" "$here/$run" >>target/build.log 2>&1
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
if ! mvn -B -q -o -Dmaven.test.skip=true -DskipPackages package >target/build.log 2>&1 9>&- &&
  ! mvn -B -q -Dmaven.test.skip=true -DskipPackages package >target/build.log 2>&1 9>&-; then
  echo "stratafs: the build failed, see $here/target/build.log: $(grep -m1 ERROR target/build.log)" >&2
  exit 1
fi
lay_out 9>&-
