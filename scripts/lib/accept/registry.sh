# Sourced by the acceptance scripts, with $base set.

# Serves a registry on loopback until the check ends: serve_registry PORT; it takes a moment until it answers.
serve_registry() {
  printf 'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: %s/registry\nhttp:\n  addr: 127.0.0.1:%s\n' "$base" "$1" >registry.yml
  docker-registry serve registry.yml >registry.log 2>&1 &
  server=$! # for the trap, which outlives the function
  trap 'kill $server' EXIT
}

# Tries a command until it succeeds, for six seconds, as the first one that a server is asked.
until_it_answers() {
  local tries=0
  until "$@" || [ "$tries" -ge 30 ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
}
