# Sourced by the scripts: installs the Debian packages of what is missing, and nothing otherwise.
#
#   install_missing COMMAND=PACKAGE...    a path in place of a command is looked for as a file

install_missing() {
  missing=
  for pair in "$@"; do
    case $pair in
      /*) [ -e "${pair%%=*}" ] || missing="$missing ${pair#*=}" ;;
      *) command -v "${pair%%=*}" >/dev/null 2>&1 || missing="$missing ${pair#*=}" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "stratafs: not installed:$missing; run once as root, or: apt-get install$missing" >&2
    return 1
  fi
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "stratafs: not installed:$missing; and there is no apt-get to install it with" >&2
    return 1
  fi
  echo "stratafs: installing$missing" >&2
  # shellcheck disable=SC2086  # a list of package names
  if ! install_log=$(apt_install $missing </dev/null 2>&1); then
    printf '%s\n' "$install_log" >&2
    echo "stratafs: apt-get could not install:$missing" >&2
    return 1
  fi
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y --no-install-recommends "$@" ||
    { apt-get update && apt-get install -y --no-install-recommends "$@"; }
}

# A JDK and Maven, installed if need be; sets JAVA and JAVA_HOME. Needs run-dir.sh.
need_build_tools() {
  JAVA=$(find_java javac) || {
    install_missing /nonexistent=openjdk-17-jdk-headless || return 1
    JAVA=$(find_java javac) || {
      echo "stratafs: no JDK 17 or newer was found; set JAVA_HOME to one" >&2
      return 1
    }
  }
  JAVA_HOME=${JAVA%/bin/java}
  export JAVA_HOME
  install_missing mvn=maven
}
