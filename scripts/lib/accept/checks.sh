# Sourced by scripts/accept-podman: each function check_NAME is a check.

check_run() {
  same "lower a" "$(podman run --rm base cat /data/old/a)"
}

check_program_is_used() {
  [ "$with" != overlay ] || skip "there is none"
  podman info --format '{{.Store.GraphOptions}}' | grep "$program" >/dev/null
}

check_exec_and_cp() {
  podman run -d --name execs base sleep 1000
  podman exec execs sh -c 'echo new >/data/new'
  same new "$(podman exec execs cat /data/new)"
  echo from outside >outside
  podman cp outside execs:/data/copied
  same "from outside" "$(podman exec execs cat /data/copied)"
  podman cp execs:/data/new inside
  same new "$(cat inside)"
  podman rm -f -t 0 execs
}

check_diff_has_exactly_the_changes() {
  podman run --name diffs base sh -c 'echo x >/data/old/a; rm /data/old/b; mkdir /data/made; echo y >/data/made/file; chmod 600 /data/old/c'
  # /etc is podman's own, which makes mtab there and leaves it out.
  same "A /data/made
A /data/made/file
C /data
C /data/old
C /data/old/a
C /data/old/c
D /data/old/b" "$(podman diff diffs | grep -v ' /etc$' | sort)"
  podman rm diffs
}

check_commit_keeps_deletions() {
  podman run --name commits base sh -c 'rm -rf /data/old && mkdir /data/old && echo only >/data/old/one'
  podman commit -q commits committed
  podman rm commits
  same one "$(podman run --rm committed ls /data/old)"
  podman run --name commits committed sh -c 'rm -rf /data/old && mkdir /data/old'
  podman commit -q commits committed2
  podman run --name commits2 committed2 sh -c 'rm -rf /data/old && mkdir /data/old && echo z >/data/old/z'
  podman commit -q commits2 committed3
  podman rm commits commits2
  same z "$(podman run --rm committed3 ls /data/old)"
}

check_hard_links_keep_one_owner() {
  podman run --name links base chown -R 5:6 /links
  podman commit -q links linked
  podman rm links
  same "5 6 2
5 6 2" "$(podman run --rm linked stat -c '%u %g %h' /links/one /links/two)"
}

check_a_lower_directory_is_renamed() {
  podman run --name moves base sh -c 'mv /data/old /data/new && rm /data/new/b'
  podman commit -q moves moved
  podman rm moves
  same "a
c
deep" "$(podman run --rm moved ls /data/new)"
  same "deep" "$(podman run --rm moved cat /data/new/deep/file)"
  podman run --rm moved test ! -e /data/old
}

check_build() {
  mkdir -p build
  echo copied >build/file
  tar -C build -cf build/added.tar file
  cat >build/Dockerfile <<'D'
FROM base
ENV WORD=hello
LABEL purpose=test
WORKDIR /srv
COPY file copied
ADD added.tar /srv/added/
RUN echo "$WORD" >word
RUN rm /data/old/a
RUN rm -rf /data/old && mkdir /data/old
RUN mv /links /moved
RUN chown -R 7 /moved
VOLUME /volume
EXPOSE 80
USER 3
ENTRYPOINT ["/bin/cat"]
CMD ["/srv/word"]
D
  podman build -q --layers -t built build
  same hello "$(podman run --rm built)"
  same copied "$(podman run --rm built /srv/copied /srv/added/file | sort -u)"
  same 7 "$(podman run --rm --entrypoint stat built -c %u /moved/two)"
  nothing "$(podman run --rm --entrypoint ls built -A /data/old)"
}

check_build_cache() {
  podman build --layers -t built build >first 2>&1
  podman build --layers -t built build >second 2>&1
  same 15 "$(grep -c 'Using cache' second)"
  echo changed >build/file
  podman build --layers -t built build >third 2>&1
  same changed "$(podman run --rm built /srv/copied)"
  [ "$(grep -c 'Using cache' third)" -lt 15 ]
}

check_build_squash() {
  podman build -q --squash -t squashed build
  same hello "$(podman run --rm squashed)"
}

check_history_and_inspect() {
  podman history --format '{{.CreatedBy}}' built | grep 'mv /links /moved' >/dev/null
  same hello "$(podman inspect --format '{{index .Config.Env 0}}' built | sed 's/.*WORD=//; s/^PATH.*/hello/')"
  podman inspect --format '{{json .RootFS.Layers}}' built | grep sha256: >/dev/null
}

check_save_and_load() {
  podman save -q -o saved.tar committed3
  podman rmi -f committed3
  podman load -q -i saved.tar
  same z "$(podman run --rm committed3 ls /data/old)"
}

check_skopeo_and_umoci_see_the_mounted_tree() {
  as_root_of_storage skopeo_and_umoci
}

skopeo_and_umoci() {
  skopeo copy -q containers-storage:localhost/moved:latest oci:layout:moved
  umoci unpack --image layout:moved unpacked >/dev/null 2>&1
  local mounted
  mounted=$(podman image mount moved)
  python3 "$root/scripts/lib/accept/tree.py" "$mounted" >mounted.tree
  podman image unmount moved
  python3 "$root/scripts/lib/accept/tree.py" unpacked/rootfs >unpacked.tree
  [ "$(wc -l <mounted.tree)" -gt 30 ]
  # Without the first line, the root, of which the layers say nothing: podman gives it a mode, umoci another.
  diff <(sed 1d unpacked.tree) <(sed 1d mounted.tree)
}

check_registry() {
  serve_registry 5099
  until_it_answers podman push -q moved 127.0.0.1:5099/moved:1
  podman rmi moved
  podman pull -q 127.0.0.1:5099/moved:1
  same deep "$(podman run --rm 127.0.0.1:5099/moved:1 cat /data/new/deep/file)"
  podman tag 127.0.0.1:5099/moved:1 moved
}

check_overlay_volume() {
  mkdir -p volume
  echo below >volume/file
  same "above" "$(podman run --rm -v "$base/work/volume:/v:O" base sh -c 'echo above >/v/file; cat /v/file')"
  same below "$(cat volume/file)"
}

check_image_mount() {
  same "lower a" "$(podman run --rm --mount type=image,source=base,destination=/m base cat /m/data/old/a)"
}

check_uidmap() {
  # Another user's files are not the ordinary user's to search, whatever the driver.
  [ -z "$rootless" ] || skip "podman 4.3 fails at it with native overlay and fuse-overlayfs too"
  local map="--uidmap 0:100000:65536 --gidmap 0:100000:65536"
  same "0 0" "$(podman run --rm $map base stat -c '%u %g' /data/old/a)"
  same "7" "$(podman run --rm $map base sh -c 'chown 7 /data/old/a; stat -c %u /data/old/a')"
  podman run --name mapped $map base sh -c 'echo more >>/data/old/a && chown 5:6 /data/old/b && mv /links /moved && echo new >/data/new'
  podman commit -q mapped mapped
  podman rm -f mapped || podman rm -f mapped # podman 4.3 leaves a shm mounted for a moment
  same "0:0 /data/old/a
5:6 /data/old/b
0:0 /moved/one
0:0 /data/new" "$(podman run --rm mapped stat -c '%u:%g %n' /data/old/a /data/old/b /moved/one /data/new)"
}

check_capability_survives_a_commit() {
  as_root_of_storage capability
}

capability() {
  local container mounted
  container=$(buildah from -q base)
  mounted=$(buildah mount "$container")
  cp "$(command -v busybox)" "$mounted/bin/capable"
  setcap cap_net_raw+ep "$mounted/bin/capable"
  buildah commit -q "$container" capable
  buildah rm "$container"
  mounted=$(podman image mount capable)
  getcap "$mounted/bin/capable" | grep cap_net_raw >/dev/null
  podman image unmount capable
}

# The capability is there in later steps, in the image, and for a program: /secret is root's alone, and `capable` is cat.
check_setcap_in_a_run() {
  need_debian
  cat >setcap.Dockerfile <<'D'
FROM debian
RUN echo secret >/secret && chmod 600 /secret && cp /bin/cat /usr/bin/capable
RUN setcap cap_dac_override+ep /usr/bin/capable
RUN getcap /usr/bin/capable >/shown
D
  podman build -q --layers -t setcap -f setcap.Dockerfile .
  same "/usr/bin/capable cap_dac_override=ep" "$(podman run --rm setcap cat /shown)"
  same "/usr/bin/capable cap_dac_override=ep" "$(podman run --rm setcap getcap /usr/bin/capable)"
  same secret "$(podman run --rm --user 7 setcap capable /secret)"
  if podman run --rm --user 7 setcap cat /secret; then return 1; fi
  # A chown clears it, and a copy up of a change of mode does not.
  same "/usr/bin/capable cap_dac_override=ep" "$(podman run --rm setcap sh -c 'chmod 711 /usr/bin/capable && getcap /usr/bin/capable')"
  nothing "$(podman run --rm setcap sh -c 'chown 7 /usr/bin/capable && getcap /usr/bin/capable')"
}

check_a_hundred_layers() {
  podman save -q --format oci-dir -o hundred base
  python3 "$root/scripts/lib/accept/layers.py" hundred 100
  podman load -q -i hundred
  same 101 "$(podman inspect --format '{{len .RootFS.Layers}}' hundred)"
  podman run --name hundred hundred sh -c 'rm /data/n8 && echo over >/data/last && ls /data | grep -c ^n' >count
  same 89 "$(cat count)"
  podman commit -q hundred more
  podman rm hundred
  same "over
89" "$(podman run --rm more sh -c 'cat /data/last; ls /data | grep -c ^n')"
}

check_eight_containers_at_once() {
  local i
  for i in 1 2 3 4 5 6 7 8; do
    podman run --rm base sh -c "echo $i >/data/old/a; sleep 0.5; cat /data/old/a" >"at-once-$i" &
  done
  wait
  same "1 2 3 4 5 6 7 8" "$(cat at-once-* | tr '\n' ' ' | sed 's/ $//')"
}

check_an_exec_storm() {
  podman run -d --name storm base sleep 1000
  local i
  for i in $(seq 20); do
    podman exec storm sh -c "echo $i >>/data/storm" &
    [ $((i % 5)) != 0 ] || wait
  done
  wait
  same 20 "$(podman exec storm cat /data/storm | wc -l)"
  podman rm -f -t 0 storm
}

# The container's programs get an errno, podman goes on, and the upper has what was written.
check_a_killed_daemon_loses_nothing() {
  [ "$with" != overlay ] || skip "it has no daemon"
  podman run -d --name killed base sleep 1000
  podman exec killed sh -c 'echo kept >/data/kept'
  local upper daemon
  upper=$(podman inspect --format '{{.GraphDriver.Data.UpperDir}}' killed)
  daemon=$(pgrep -f "upperdir=$upper" | head -n 1)
  kill -9 "$daemon"
  if podman exec killed cat /data/kept >killed.out 2>&1; then return 1; fi
  same kept "$(cat "$upper/data/kept")"
  podman rm -f -t 0 killed >killed.rm 2>&1 || podman rm -f -t 0 killed
  if podman container exists killed; then return 1; fi
}

check_keep_id() {
  [ -n "$rootless" ] || skip "only an ordinary user has an id to keep"
  # What is root's in the image is the user's own on disk, and so in the container.
  same "$(id -u) $(id -u)" "$(podman run --rm --userns=keep-id base sh -c 'id -u; stat -c %u /data/old/a' | tr '\n' ' ' | sed 's/ $//')"
  same mine "$(podman run --rm --userns=keep-id base sh -c 'echo mine >/tmp/f; cat /tmp/f')"
}

# dpkg and apt-get rename, link and remove much in a lower layer, and want their database durable.
check_apt_in_a_build() {
  need_debian
  mkdir -p deb/DEBIAN deb/usr/share/tried
  printf 'Package: tried\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: tried\n' >deb/DEBIAN/control
  echo tried >deb/usr/share/tried/file
  dpkg-deb --root-owner-group -b deb tried.deb >/dev/null
  cat >apt.Dockerfile <<'D'
FROM debian
COPY tried.deb /tried.deb
RUN apt-get install -y --no-install-recommends /tried.deb
RUN dpkg --remove tried && dpkg --install /tried.deb && dpkg --purge --force-remove-essential --force-depends hostname
RUN rm -rf /usr/share/doc && mkdir /usr/share/doc
D
  podman build -q --layers -t apt -f apt.Dockerfile .
  same "install ok installed
tried" "$(podman run --rm apt sh -c "dpkg-query -W -f '\${Status}\n' tried; cat /usr/share/tried/file")"
  nothing "$(podman run --rm apt sh -c 'dpkg --verify; ls /usr/share/doc; ls /bin/hostname 2>/dev/null || :' | grep -v /usr/share/doc/ | grep -v /usr/share/man/ || :)"
}

# The build fails with the program's own words; what was there before is there after.
check_a_full_disk_during_a_build() {
  [ -z "$rootless" ] || skip "it needs a file system of its own"
  mkdir -p "$base/small"
  mount -t tmpfs -o size=40m none "$base/small"
  podman save -q -o base.tar base
  small() { podman --root "$base/small/storage" --runroot "$base/small/run" "$@"; }
  small load -q -i base.tar
  printf 'FROM base\nRUN dd if=/dev/zero of=/data/old/a bs=1M count=60\n' >full
  if small build -t full -f full . >full.out 2>&1; then return 1; fi
  grep -q 'No space left on device' full.out
  same "lower a" "$(small run --rm base cat /data/old/a)"
  same ok "$(small run --rm base sh -c 'echo ok >/data/old/a && cat /data/old/a')"
  small rm -f -a >/dev/null 2>&1 || :
  umount -l "$base/small"
}

# All mounts may write to one file, named in storage.conf.
check_a_log_by_mountopt() {
  [ "$with" = stratafs ] || skip "it is an option of StrataFS"
  sed "s|^mount_program.*|&\nmountopt = \"log=$base/log/by-option\"|" "$base/etc/storage.conf" >log.conf
  CONTAINERS_STORAGE_CONF=$PWD/log.conf podman run -d --name logs base sleep 1000
  same "$base/log/by-option" "$(readlink "/proc/$(pgrep -f "log=$base/log/by-option" | head -n 1)/fd/2")"
  podman rm -f -t 0 logs
}

# What the mount program says reaches the person.
check_a_wrong_option_is_said() {
  [ "$with" = stratafs ] || skip "it is about the words of StrataFS"
  sed 's/^mount_program.*/&\nmountopt = "metacopy=maybe"/' "$base/etc/storage.conf" >wrong.conf
  if CONTAINERS_STORAGE_CONF=$PWD/wrong.conf podman run --rm base true >wrong.out 2>&1; then return 1; fi
  grep -q 'stratafs: .*metacopy' wrong.out
  same "lower a" "$(podman run --rm base cat /data/old/a)"
}
