# Sourced by scripts/accept-strata: each function check_NAME is a check, in a store of its own where it changes one.

# The image of an archive, mounted, is what umoci makes of it.
same_as_umoci() {
  local name=$1
  mkdir -p "mnt-$name"
  strata mount "$name" "mnt-$name" --ro --name "$name"
  python3 "$root/scripts/lib/accept/tree.py" "mnt-$name" >"$name.tree"
  strata rm --force "$name"
  [ "$(wc -l <unpacked.tree)" -gt 200 ]
  diff unpacked.tree "$name.tree"
}

# Of what an ordinary user can keep, all is the same, owners in numbers included.
check_an_ordinary_users_import_equals_umoci_rootless() {
  . "$root/scripts/lib/accept/ordinary.sh"
  make_ordinary_user || exit 77 # with the reason printed last
  cp -a layout docker.tar "$base/home"
  chown -R "$ordinary_id:$ordinary_id" "$base/home"
  cd "$base/home"
  as_ordinary_user umoci unpack --rootless --image layout:three unpacked
  as_ordinary_user "$root/scripts/strata" import docker.tar own:1
  as_ordinary_user mkdir mnt
  as_ordinary_user "$root/scripts/strata" mount own:1 mnt --ro --name own
  as_ordinary_user python3 "$root/scripts/lib/accept/tree.py" unpacked/rootfs >unpacked.tree
  as_ordinary_user python3 "$root/scripts/lib/accept/tree.py" mnt >own.tree
  same "block special file 7:3" "$(as_ordinary_user stat -c '%F %Hr:%Lr' mnt/opt/block)"
  as_ordinary_user "$root/scripts/strata" rm --force own
  same "the store is sound" "$(as_ordinary_user "$root/scripts/strata" fsck)"
  [ "$(wc -l <unpacked.tree)" -gt 200 ]
  grep 'user.rootlesscontainers=' unpacked.tree
  same 1 "$(grep -c " 3000001:3000002 " own.tree)"
  diff <(python3 "$root/scripts/lib/accept/owners.py" "$ordinary_id" <unpacked.tree) \
    <(python3 "$root/scripts/lib/accept/owners.py" "$ordinary_id" <own.tree)
}

# The DiffIDs of an image of the store.
layers_of() {
  strata inspect "$1" | python3 -c 'import json,sys; print(*json.load(sys.stdin)[0]["RootFS"]["Layers"])'
}

check_docker_archive_equals_umoci() {
  strata import docker.tar docker
  same_as_umoci docker
}

check_oci_archive_equals_umoci() {
  strata import oci.tar oci
  same_as_umoci oci
}

check_oci_directory_equals_umoci() {
  strata import layout directory
  same_as_umoci directory
}

check_compressed_archives_equal_umoci() {
  local how
  for how in gzip zstd xz bzip2; do
    $how -c docker.tar | STRATA_STORE=$base/store-$how strata import - "$how"
    STRATA_STORE=$base/store-$how same_as_umoci "$how"
    rm -rf "$base/store-$how"
  done
}

check_exports_load_in_podman_with_the_same_layers() {
  export STRATA_STORE=$base/store-export
  strata import docker.tar exported:1
  local own format
  own=$(layers_of exported:1)
  for format in docker oci; do
    strata export exported:1 --format "$format" -o "$format-export.tar"
    podman load -q -i "$format-export.tar"
    same "$own" "$(podman inspect --format '{{range .RootFS.Layers}}{{.}} {{end}}' exported:1 | sed 's/ *$//')"
    podman rmi -f exported:1
  done
  podman load -q -i docker-export.tar
  podman save -q --format oci-archive -o back.tar exported:1
  strata import back.tar back:1
  same "$own" "$(layers_of back:1)"
  skopeo inspect --config "oci-archive:oci-export.tar:exported:1" >config.json
  same "$own" "$(python3 -c 'import json; print(*json.load(open("config.json"))["rootfs"]["diff_ids"])')"
  skopeo copy -q docker-archive:docker-export.tar oci:skopeo-read:1
  same "$own" "$(skopeo inspect --config oci:skopeo-read:1 | python3 -c 'import json,sys; print(*json.load(sys.stdin)["rootfs"]["diff_ids"])')"
}

check_a_commit_is_what_umoci_unpacks() {
  export STRATA_STORE=$base/store-commit
  mkdir -p mnt-commit
  strata import docker.tar base:1
  strata mount base:1 mnt-commit --name work
  (cd mnt-commit/opt && rm many/9 && mv many renamed && rm -rf kept && mkdir kept && echo x >kept/x && chown 9 hole && ln moved again && setfattr -n user.a -v b moved)
  python3 "$root/scripts/lib/accept/tree.py" mnt-commit >mounted.tree
  strata commit work result:1 -m 'by strata' -c 'ENV A=b'
  strata umount work
  strata export result:1 --format oci -o result.tar
  mkdir -p result
  tar -C result -xf result.tar
  umoci unpack --image result:result:1 result-unpacked
  python3 "$root/scripts/lib/accept/tree.py" result-unpacked/rootfs >result.tree
  diff mounted.tree result.tree
  strata squash result:1 squashed:1
  strata export squashed:1 --format rootfs -o rootfs.tar
  mkdir -p squashed
  tar --xattrs --xattrs-include='*' -C squashed -xf rootfs.tar
  python3 "$root/scripts/lib/accept/tree.py" squashed >squashed.tree
  diff result.tree squashed.tree
  same "the store is sound" "$(strata fsck)"
}

check_skopeo_and_a_registry() {
  export STRATA_STORE=$base/store-registry
  serve_registry 5098
  strata import docker.tar pushed:1
  until_it_answers skopeo copy -q --dest-tls-verify=false "oci:$STRATA_STORE:pushed:1" docker://127.0.0.1:5098/pushed:1
  skopeo copy -q --src-tls-verify=false docker://127.0.0.1:5098/pushed:1 "oci:$STRATA_STORE:pulled:1"
  same "$(strata inspect pushed:1 | sed -n '/RootFS/,$p')" "$(strata inspect pulled:1 | sed -n '/RootFS/,$p')"
  STRATA_STORE=$base/store-pulled strata images >/dev/null
  skopeo copy -q --src-tls-verify=false docker://127.0.0.1:5098/pushed:1 "oci:$base/store-pulled:pulled"
  STRATA_STORE=$base/store-pulled same_as_umoci pulled
}

check_enter_runs_in_the_image() {
  export STRATA_STORE=$base/store-enter
  mkdir -p mnt-enter
  strata import docker.tar entered
  strata mount entered mnt-enter
  same "hello /opt
1" "$(strata enter entered -- /bin/sh -c 'echo $WORD $PWD; echo $$')"
  nothing "$(strata diff entered)"
  strata rm --force entered
}

# GNU tar writes the machine's names of people; in the image they are whom its own accounts say.
check_acls_of_gnu_tar_are_kept() {
  export STRATA_STORE=$base/store-acls
  mkdir -p acls/etc acls/d mnt-acls
  echo x >acls/file
  printf 'root:x:0:0::/:\ndaemon:x:77:77::/:\n' >acls/etc/passwd
  printf 'root:x:0:\ngames:x:88:\n' >acls/etc/group
  setfacl -m u:daemon:r,u:12345:rw,g:games:x acls/file
  setfacl -d -m u:daemon:rwx acls/d
  tar --acls -C acls -cf acls.tar d file etc
  grep -a '^user:daemon:r--' acls.tar
  strata import --format rootfs acls.tar acls:1 >said 2>&1
  if grep 'could not be kept' said; then return 1; fi
  strata mount acls:1 mnt-acls --ro --name acls
  same "user:77:r-- user:12345:rw- group:88:--x default:user:77:rwx" \
    "$(getfacl -cnp mnt-acls/file mnt-acls/d | grep -E ':[0-9]+:' | tr '\n' ' ' | sed 's/ $//')"
  strata rm --force acls
  same "the store is sound" "$(strata fsck)"
  # Whom a layer without accounts means is not known: the file is there, and it is said.
  tar --acls -C acls -cf acls.tar d file
  strata import --format rootfs acls.tar strangers:1 >said 2>&1
  grep "system.posix_acl_access of 'file'" said
}

# Kills a command of strata after a random time, again and again; the store is sound after each, and the command works in the end.
killed_at_random() {
  local signal=$1 round pid
  shift
  for round in $(seq 8); do
    "$root/scripts/strata" "$@" >killed.log 2>&1 &
    pid=$!
    sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
    kill "-$signal" "$pid" 2>/dev/null || true
    wait "$pid" || true
    # Of an interrupted command nothing is left at all; what a killed one leaves is no part of the store, and gc takes it.
    [ "$signal" = KILL ] || nothing "$(ls -A "$STRATA_STORE/tmp")"
    same "the store is sound" "$(strata fsck)"
    strata gc >/dev/null
    nothing "$(ls -A "$STRATA_STORE/tmp")"
  done
  strata "$@"
  same "the store is sound" "$(strata fsck)"
}

# A store with an image, and in `changes` an upper that takes a while.
store_to_kill_in() {
  export STRATA_STORE=$base/store-$1
  strata import docker.tar base:1
  mkdir -p "changes-$1/new"
  cp -a /usr/share/perl/* "changes-$1/new"
}

check_killed_imports_leave_the_store_sound() {
  store_to_kill_in kill-import
  tar -cf big.tar -C changes-kill-import .
  killed_at_random KILL import --format rootfs big.tar killed:1
  killed_at_random INT import --format rootfs big.tar interrupted:1
  same "$(layers_of killed:1)" "$(layers_of interrupted:1)"
  rm -rf "$STRATA_STORE"
}

check_killed_commits_leave_the_store_sound() {
  store_to_kill_in kill-commit
  killed_at_random KILL commit changes-kill-commit killed:1 --base base:1
  killed_at_random INT commit changes-kill-commit interrupted:1 --base base:1
  same "$(layers_of killed:1)" "$(layers_of interrupted:1)"
  rm -rf "$STRATA_STORE"
}

check_killed_squashes_leave_the_store_sound() {
  store_to_kill_in kill-squash
  strata commit changes-kill-squash two:1 --base base:1
  killed_at_random KILL squash two:1 killed:1
  killed_at_random INT squash two:1 interrupted:1
  same "$(layers_of killed:1)" "$(layers_of interrupted:1)"
  rm -rf "$STRATA_STORE"
}

# What a hostile archive could reach: a directory beside the store, and the store itself.
state_of_all() {
  python3 "$root/scripts/lib/accept/tree.py" canary
  find "$STRATA_STORE" -printf '%P %y %m %s %l\n' | sort
  find "$STRATA_STORE" -type f -print0 | sort -z | xargs -0 sha256sum
}

check_hostile_archives_are_refused_and_change_nothing() {
  export STRATA_STORE=$base/store-hostile
  mkdir -p hostile canary
  echo canary >canary/file
  python3 "$root/scripts/lib/accept/tree.py" canary >canary.tree
  strata import docker.tar base:1
  python3 "$root/scripts/lib/accept/hostile.py" "$PWD/hostile"
  state_of_all >before
  local archive name status
  [ "$(find hostile -maxdepth 1 -name '*.tar' | wc -l)" -gt 20 ]
  for archive in hostile/*.tar; do
    status=0
    strata import --format rootfs "$archive" evil:1 >said 2>&1 || status=$?
    same "$archive: 1" "$archive: $status"
    name=$(cat "${archive%.tar}.names")
    grep -F -- "$name" said || { echo "$archive: does not name $name: $(cat said)"; return 1; }
    same "$archive: 1" "$archive: $(wc -l <said)"
    state_of_all | diff before - || return 1
  done
  # Of two entries of one name the later counts, and where a whiteout leads to means nothing.
  mkdir -p mnt-taken
  strata import --format rootfs hostile/taken/duplicates.tar duplicates:1
  strata mount duplicates:1 mnt-taken --ro --name duplicates
  same "second|no link any more|link twice was |$PWD/canary" \
    "$(cat mnt-taken/twice)|$(cat mnt-taken/link)|$(ls mnt-taken | tr '\n' ' ')|$(readlink mnt-taken/was)"
  strata rm --force duplicates
  strata import --format rootfs hostile/taken/whiteouts-with-targets.tar whiteouts:1
  strata mount whiteouts:1 mnt-taken --ro --name whiteouts
  same "fine" "$(ls -A mnt-taken)"
  strata rm --force whiteouts
  python3 "$root/scripts/lib/accept/tree.py" canary | diff canary.tree -
  # A layer that is not what its digest says, in a store that does not have it.
  export STRATA_STORE=$base/store-wrong
  strata images
  state_of_all >before
  cp -a layout wrong
  python3 -c 'import json
m = json.load(open("wrong/index.json"))["manifests"][0]["digest"].split(":")[1]
l = json.load(open("wrong/blobs/sha256/" + m))["layers"][-1]["digest"].split(":")[1]
b = open("wrong/blobs/sha256/" + l, "r+b"); b.seek(600); b.write(b"!")'
  status=0
  strata import wrong evil:1 >said 2>&1 || status=$?
  same 1 "$status"
  grep -E 'sha256:[0-9a-f]{64}' said
  state_of_all | diff before -
}
