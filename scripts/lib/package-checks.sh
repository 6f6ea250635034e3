# Sourced by scripts/accept-package, which runs each check_NAME, in this order.

check_maven_makes_both_packages() {
  build "$root"
  cp "$root"/target/stratafs_*_all.deb "$root"/target/stratafs-*.tar.gz "$base/packages/"
  [ "$(ls "$base/packages" | wc -l)" = 2 ]
}

check_the_same_sources_elsewhere_make_the_same_bytes() {
  mkdir "$base/copy"
  tar -C "$root" -c --exclude=./target --exclude=./.git . | tar -C "$base/copy" -x
  (umask 077 && export TZ=Asia/Tokyo LC_ALL=C && find "$base/copy" -exec touch {} + && build "$base/copy")
  local file status=0
  for file in "$base"/packages/*; do
    cmp "$file" "$base/copy/target/${file##*/}" || status=1
  done
  rm -rf "$base/copy"
  return $status
}

check_lintian_has_no_error() {
  lintian --fail-on error "$base"/packages/*.deb
}

check_a_fresh_debian_is_made() {
  fresh_debian || {
    local line
    line=$(grep -E '^(E|Err|W):' "$base/log/a_fresh_debian_is_made" | head -n 1)
    rm -rf "$debian" 2>/dev/null
    skip "mmdebstrap could not make one, is there a network? ${line:-}"
  }
}

# For checks that need it.
need_debian() {
  [ -e "$debian/merged" ] || skip "there is no Debian to install it in"
}

check_apt_installs_it_with_what_it_needs() {
  need_debian
  inside 'apt-get install -y /root/*.deb' >"$base/log/install" 2>&1 || {
    cat "$base/log/install"
    return 1
  }
  nothing "$(grep -E '^(stratafs|strata|dpkg: (warning|error)|W|E):' "$base/log/install" || true)"
  inside 'test -x /usr/bin/stratafs
    test -x /usr/bin/strata
    test -x /sbin/mount.stratafs
    test -s /usr/lib/stratafs/run/stratafs.jsa
    test -s /usr/lib/stratafs/run/strata.jsa
    fails test -e /usr/lib/stratafs/run/new
    command -v fusermount3
    ldconfig -p | grep libfuse.so.2
    dpkg --verify stratafs'
}

check_the_commands_answer() {
  need_debian
  version=$(sed -n '0,/<version>/s|.*<version>\(.*\)</version>.*|\1|p' "$root/pom.xml")
  same "stratafs: version $version" "$(inside 'stratafs --version' | sed -n 1p)"
  inside 'strata --version' | grep "$version"
  inside 'su ann -c "stratafs --help"' | grep lowerdir= >/dev/null
}

check_the_manual_pages_are_found_and_clean() {
  need_debian
  local page
  for page in stratafs mount.stratafs strata; do
    inside 'man "$1"' "$page" >"$base/log/man" 2>&1
    grep -q '^SYNOPSIS' "$base/log/man"
    grep -qi "^ *$page" "$base/log/man"
    nothing "$(inside 'LC_ALL=C.UTF-8 man --warnings "$1" 2>&1 >/dev/null' "$page")"
  done
  same "mount.stratafs (8)   - mount helper for union mounts by stratafs" "$(inside 'whatis mount.stratafs')"
}

# complete_inside LINE: what bash offers at its end.
complete_inside() {
  inside 'set +eu
    . /usr/share/bash-completion/bash_completion
    _completion_loader "${1%% *}"
    compopt() { :; }
    COMP_LINE=$1 COMP_POINT=${#1}
    read -ra COMP_WORDS <<<"$1"
    [[ $1 == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    $(complete -p "${1%% *}" | sed "s/.*-F \([^ ]*\) .*/\1/") "${1%% *}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    echo "${COMPREPLY[@]}"' "$1"
}

check_bash_completes_options_and_values() {
  need_debian
  same "lowerdir=" "$(complete_inside 'stratafs -o low')"
  same "upperdir=" "$(complete_inside 'stratafs -o ro,lowerdir=/a:/b,upp' | sed 's/.*,//')"
  same "on off" "$(complete_inside 'stratafs -o index=')"
  same "libfuse" "$(complete_inside 'stratafs -olowerdir=/a,transport=lib')"
  same "/layers/bottom/" "$(complete_inside 'stratafs -o lowerdir=/layers/top:/layers/bo')"
  same "--version" "$(complete_inside 'stratafs --v')"
  same "/merged" "$(complete_inside 'stratafs -o ro /mer')"
  same "squash" "$(complete_inside 'strata squ' | tr -d ' ')"
  same "--format" "$(complete_inside 'strata import --fo' | tr -d ' ')"
}

# use_mount MOUNT UNMOUNT: mounts by the one command, reads, writes, changes, deletes, and unmounts by the other.
use_mount() {
  inside 'o=lowerdir=/layers/top:/layers/bottom,upperdir=/layers/upper,workdir=/layers/work
    eval "$1"
    [ "$(ls /merged | tr "\n" " ")" = "a b " ]
    [ "$(cat /merged/a)" = top ]
    [ "$(cat /merged/b)" = bottom ]
    echo more >>/merged/b; rm /merged/a; echo new >/merged/c
    [ "$(findmnt -n -o FSTYPE /merged)" = fuse.stratafs ]
    $2 /merged
    fails findmnt /merged
    [ "$(cat /layers/upper/b | tr "\n" " ")" = "bottom more " ]
    [ "$(cat /layers/upper/c)" = new ]
    test -c /layers/upper/a
    [ "$(cat /layers/bottom/b)" = bottom ]
    test -e /layers/top/a
    rm -rf /layers/upper/* /layers/work/*' "$@"
}

check_stratafs_mounts() {
  need_debian
  use_mount 'stratafs -o $o /merged' 'fusermount3 -u'
}

check_mount_by_type_mounts() {
  need_debian
  use_mount 'mount -t stratafs none /merged -o $o' umount
  use_mount 'mount -t fuse.stratafs none /merged -o $o' umount
}

check_fstab_mounts() {
  need_debian
  use_mount 'echo "none /merged stratafs noauto,x-systemd.automount,$o 0 0" >>/etc/fstab; mount /merged' umount
}

check_an_ordinary_user_mounts() {
  need_debian
  same "ann
new" "$(inside 'su - ann -c "mkdir l u w m && echo ann >l/file && stratafs -o lowerdir=l,upperdir=u,workdir=w m && cat m/file && echo new >m/new &&
    fusermount3 -u m && cat u/new && rm -r l u w m"')"
}

check_libfuse_mounts() {
  need_debian
  use_mount 'stratafs -o $o,transport=libfuse /merged' umount
}

# As the manual page's example has it.
check_strata_imports_mounts_commits_and_exports() {
  need_debian
  inside 'export STRATA_STORE=/tmp/store
    mkdir -p /tmp/rootfs/etc
    echo lower >/tmp/rootfs/etc/file
    tar -C /tmp/rootfs -czf /tmp/rootfs.tar.gz .
    strata import /tmp/rootfs.tar.gz first
    strata mount first /merged
    [ "$(cat /merged/etc/file)" = lower ]
    echo hello >/merged/hello
    strata diff first | grep "A /hello"
    strata umount first
    strata commit first greeting
    strata export --format=rootfs -o - greeting | tar -t | grep hello
    strata rm first
    strata rmi first greeting
    rm -rf /tmp/store /tmp/rootfs*'
}

check_the_unit_of_the_documentation_is_one() {
  need_debian
  inside 'cp /usr/share/doc/stratafs/docs/examples/merged.mount /tmp/ && systemd-analyze verify --man=yes /tmp/merged.mount 2>&1' >"$base/log/unit" || true
  nothing "$(grep merged "$base/log/unit" || true)"
}

# A boot of that Debian with a line in fstab, in which a service starts and stops the unit of the documentation.
check_systemd_mounts_fstab_at_boot_and_the_unit() {
  need_debian
  mkdir -p "$debian"/srv/base "$debian"/srv/changes/upper "$debian"/srv/changes/work
  echo base >"$debian/srv/base/file"
  cp "$debian/usr/share/doc/stratafs/docs/examples/merged.mount" "$debian/etc/systemd/system/"
  cp "$debian/etc/fstab" "$base/fstab"
  echo 'none /boot-merged stratafs nofail,X-mount.mkdir,x-systemd.requires-mounts-for=/srv/base,lowerdir=/srv/base 0 0' >"$debian/etc/fstab"
  cat >"$debian/root/boot-test" <<'SCRIPT'
{
  echo booted
  findmnt -n -o SOURCE,FSTYPE /boot-merged | tr -s ' ' && cat /boot-merged/file
  systemctl start merged.mount && cat /merged/file && echo new >/merged/new
  systemctl reload merged.mount 2>/dev/null || echo reload refused
  systemctl stop merged.mount && cat /srv/changes/upper/new; findmnt /merged || echo stopped
} >/root/boot-said 2>&1
systemctl poweroff
SCRIPT
  printf '[Unit]\nAfter=multi-user.target\nWants=boot\\x2dmerged.mount\nAfter=boot\\x2dmerged.mount\n[Service]\nType=oneshot\nExecStart=/bin/sh /root/boot-test\n' >"$debian/etc/systemd/system/boot-test.service"
  mkdir -p "$debian/etc/systemd/system/multi-user.target.wants"
  ln -s ../boot-test.service "$debian/etc/systemd/system/multi-user.target.wants/"
  # Without the /proc that is mounted for chroot.
  mkdir "$base/boot" && mount --bind "$debian" "$base/boot"
  timeout 60 systemd-nspawn -q -D "$base/boot" --boot --register=no --keep-unit --bind=/dev/fuse --property='DeviceAllow=/dev/fuse rwm' --capability=all \
    </dev/null >"$base/log/boot" 2>&1 || true
  umount "$base/boot"
  rm -r "$debian"/etc/systemd/system/{merged.mount,boot-test.service,multi-user.target.wants/boot-test.service} "$debian/srv/base" "$debian/srv/changes"
  rmdir "$debian/boot-merged" || true
  cp "$base/fstab" "$debian/etc/fstab"
  [ -e "$debian/root/boot-said" ] || skip "systemd-nspawn does not boot it here: $(tail -n 1 "$base/log/boot")"
  same "booted
none fuse.stratafs
base
base
reload refused
new
stopped" "$(cat "$debian/root/boot-said")"
}

# What is loaded from elsewhere costs time at every start: the list in src/main/cds is to be made anew then.
check_the_archive_has_the_classes_of_a_mount() {
  need_debian
  inside 'STRATAFS_JAVA_OPTS=-Xlog:class+load:file=/tmp/classes stratafs -o lowerdir=/layers/top:/layers/bottom,upperdir=/layers/upper,workdir=/layers/work /merged
    ls -lR /merged >/dev/null; echo x >>/merged/b; rm /merged/b; mv /merged/a /merged/c; umount /merged
    while grep -qs "[o]rg.stratafs.cli.Main" /proc/[0-9]*/cmdline; do sleep 0.1; done
    rm -rf /layers/upper/* /layers/work/*'
  local archived elsewhere
  archived=$(grep -c 'source: shared objects file' "$debian/tmp/classes")
  elsewhere=$(grep -cE 'source: (jrt|file):' "$debian/tmp/classes" || true)
  echo "$archived classes from the archive, $elsewhere from elsewhere:"
  grep -E 'source: (jrt|file):' "$debian/tmp/classes" | head -n 5 || true
  [ "$archived" -gt 800 ]
  [ "$elsewhere" -le $((archived / 50)) ]
}

check_another_java_makes_the_archive_anew() {
  need_debian
  inside 'touch -d 2001-01-01 /usr/lib/stratafs/run/java
    dpkg-trigger --no-await /usr/lib/jvm
    dpkg --triggers-only --pending
    test /usr/lib/stratafs/run/java -nt /etc/fstab
    stratafs --version'
}

check_a_java_that_is_gone_is_named() {
  need_debian
  local said
  said=$(inside 'echo /usr/lib/jvm/none/bin/java >/usr/lib/stratafs/run/java; stratafs --version 2>&1; echo $?' || true)
  inside /usr/lib/stratafs/prepare
  case $said in 'stratafs: /usr/lib/jvm/none/bin/java is gone: '*prepare*) ;; *) same "one line that says so" "$said" ;; esac
}

# An upgrade takes the jars from under the daemons that run: all their classes are in the archive they have mapped.
check_a_mount_outlives_an_upgrade() {
  need_debian
  inside 'stratafs -o lowerdir=/layers/top:/layers/bottom,upperdir=/layers/upper,workdir=/layers/work /merged
    rm -r /usr/lib/stratafs/lib /usr/lib/stratafs/stratafs.jar /usr/lib/stratafs/run
    [ "$(cat /merged/a)" = top ]; mv /merged/a /merged/c; ln /merged/b /merged/d; rm /merged/b; chmod 600 /merged/d
    mkdir /merged/dir; mv /merged/d /merged/dir/; ls -lR /merged >/dev/null; df /merged >/dev/null; flock /merged/c true
    apt-get install -y --reinstall /root/*.deb >/dev/null 2>&1
    echo more >>/merged/dir/d; truncate -s 3 /merged/c; rm -r /merged/dir; sync -f /merged/c
    umount /merged; [ "$(cat /layers/upper/c)" = top ]; rm -rf /layers/upper/* /layers/work/*
    while grep -qs "[o]rg.stratafs.cli.Main" /proc/[0-9]*/cmdline; do sleep 0.1; done
    stratafs --version'
}

check_removal_leaves_nothing_and_it_installs_again() {
  need_debian
  # strata's images are their owner's.
  inside 'mkdir -p /var/lib/stratafs
    echo mine >/var/lib/stratafs/mine
    apt-get remove -y stratafs >/dev/null 2>&1
    cat /var/lib/stratafs/mine
    rm -r /var/lib/stratafs
    fails command -v stratafs
    fails dpkg -s stratafs'
  nothing "$(inside 'find / -xdev \( -path /proc -o -path /var/log -o -path /var/cache/man -o -path /root \) -prune -o -iname "*strata*" -print')"
  files_inside >"$base/log/files-before"
  inside 'apt-get install -y /root/*.deb >/dev/null 2>&1'
  use_mount 'mount -t stratafs none /merged -o $o' umount
  inside 'apt-get purge -y stratafs >/dev/null 2>&1'
  files_inside >"$base/log/files-after"
  diff "$base/log/files-before" "$base/log/files-after"
}

check_the_archive_runs_from_anywhere() {
  need_debian
  inside 'mkdir /opt/s
    tar -C /opt/s --strip-components=1 -xf /root/*.tar.gz
    ln -s /opt/s/bin/stratafs /usr/local/bin/
    ln -s /opt/s/bin/mount.stratafs /sbin/'
  local said
  said=$(inside 'su ann -c "stratafs --version" 2>&1' || true)
  case $said in 'stratafs: not set up yet: '*) ;; *) same "not set up yet" "$said" ;; esac
  use_mount 'mount -t stratafs none /merged -o $o' umount
  use_mount 'stratafs -o $o /merged' umount
  inside 'test -s /opt/s/lib/stratafs/run/stratafs.jsa
    su ann -c "stratafs --version"
    /opt/s/bin/strata --version'
  inside 'rm -rf /opt/s /usr/local/bin/stratafs /sbin/mount.stratafs'
}
