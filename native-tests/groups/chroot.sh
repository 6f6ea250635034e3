# A Debian root file system as the lowest layer: a shell and dpkg work in a chroot of the mount, all changes land in
# upper, the root file system is what it was, and kernel overlayfs shows the same tree over the same layers.
. "$(dirname "$0")/../lib/mounts.sh"
cache=${STRATAFS_TEST_CACHE:-/var/cache/stratafs-tests}
rootfs=$cache/rootfs

# Made once from the machine's own apt sources; the marker is written last.
make_rootfs() {
  [ -e "$cache/rootfs.done" ] && return 0
  command -v mmdebstrap >/dev/null || { apt-get update && apt-get install -y --no-install-recommends mmdebstrap; } >/dev/null 2>&1
  command -v mmdebstrap >/dev/null || { reason="mmdebstrap is not installed and apt-get cannot install it"; return 1; }
  mkdir -p "$cache" && rm -rf "$rootfs" || return 1
  timeout 400 mmdebstrap --quiet --variant=apt --mode=root bookworm "$rootfs" >"$cache/log" 2>&1 ||
    { reason="mmdebstrap cannot make a root file system here: $(tail -n 1 "$cache/log")"; return 1; }
  touch "$cache/rootfs.done"
}
make_rootfs || { skip "dpkg in a chroot of a Debian root file system" "$reason"; summary; exit; }

new_layers
trap cleanup EXIT
# A layer above the root file system, and a package of two versions with what packages have.
LOWERS=$T/l1:$rootfs
mkdir -p "$T/l1/srv/pkg"
make_package() {
  local version=$1 dir=$T/pkg-$1
  mkdir -p "$dir/DEBIAN" "$dir/usr/bin" "$dir/etc" "$dir/usr/share/stratafs-test/sub" "$dir/usr/lib"
  printf '#!/bin/sh\necho version %s\n' "$version" >"$dir/usr/bin/stratafs-test"
  chmod 4755 "$dir/usr/bin/stratafs-test"
  echo "conf" >"$dir/etc/stratafs-test.conf"
  ln -s stratafs-test "$dir/usr/bin/stratafs-link"
  for i in $(seq 1 40); do echo "$version $i" >"$dir/usr/share/stratafs-test/sub/f$i"; done
  rm -f "$dir/usr/share/stratafs-test/sub/f$version"
  printf '/etc/stratafs-test.conf\n' >"$dir/DEBIAN/conffiles"
  printf '#!/bin/sh\nset -e\necho "$1" >>/var/log/stratafs-test.log\nldconfig\nsetpriv --version >/dev/null\n' >"$dir/DEBIAN/postinst"
  chmod 755 "$dir/DEBIAN/postinst"
  printf 'Package: stratafs-test\nVersion: %s\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: test\n' "$version" >"$dir/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$dir" "$T/l1/srv/pkg/v$version.deb" >/dev/null
}
make_package 1
make_package 2
rootfs_sum() {
  (cd "$rootfs" && find . -xdev -printf '%p %y %m %U %G %s %T@ %C@ %l %n\n' | sort && find . -xdev -type f -print0 | sort -z | xargs -0r sha256sum) | sha256sum
}
rootfs_sum >"$T/before"
mount_layers || { fail "mount"; summary; exit 1; }
in_chroot() { timeout 200 env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$M" "$@"; }

check "a shell runs in the chroot" in_chroot sh -c 'ls -l / /usr/bin >/dev/null && id && cat /etc/debian_version && test -w /'
check "dpkg -i installs" in_chroot sh -c 'dpkg -i /srv/pkg/v1.deb && test "$(stratafs-test)" = "version 1" &&
  test "$(stat -c %a /usr/bin/stratafs-test)" = 4755 && dpkg -s stratafs-test | grep -q "install ok installed"'
check "a user, a group, alternatives and ldconfig" in_chroot sh -c 'groupadd -g 4000 g && useradd -u 4000 -g g -m u && test -d /home/u &&
  test "$(stat -c %U /home/u)" = u && update-alternatives --install /usr/bin/alt alt /bin/ls 10 && alt / >/dev/null && ldconfig && passwd -l u'
check "dpkg -i upgrades" in_chroot sh -c 'echo changed >/etc/stratafs-test.conf && dpkg --force-confold -i /srv/pkg/v2.deb &&
  test "$(stratafs-test)" = "version 2" && test -e /usr/share/stratafs-test/sub/f1 && test ! -e /usr/share/stratafs-test/sub/f2 &&
  grep -q changed /etc/stratafs-test.conf && ! dpkg --verify stratafs-test | grep -v "c /etc" | grep .'
check "apt-get installs a local package again" in_chroot sh -c 'apt-get -y -o APT::Sandbox::User=root reinstall /srv/pkg/v2.deb || apt-get -y install --reinstall /srv/pkg/v2.deb'
check "dpkg -P purges" in_chroot sh -c 'dpkg -P stratafs-test && test ! -e /usr/share/stratafs-test && test ! -e /etc/stratafs-test.conf &&
  dpkg --audit && dpkg -i /srv/pkg/v1.deb'
network_install() {
  cp /etc/resolv.conf "$M/etc/resolv.conf" 2>/dev/null
  in_chroot sh -c 'timeout 60 apt-get -qq update' || { echo "apt-get update reaches no mirror in the chroot"; exit 77; }
  in_chroot sh -c 'apt-get -y --no-install-recommends install hello && hello && apt-get -y purge hello && apt-get clean'
}
check "apt-get update and install from the network" network_install
check "removing a package of the lower layer" in_chroot sh -c 'dpkg --purge --force-all mawk && test ! -e /usr/bin/mawk && ! ls /usr/bin | grep -qx mawk'

tree_view "$M" >"$T/view" 2>/dev/null
unmount || fail "unmount"
rootfs_sum >"$T/after"
check "the root file system is unchanged" diff "$T/before" "$T/after"
check "the changes are in upper" test -x "$T/upper/usr/bin/stratafs-test" -a -e "$T/upper/home/u"
if [ "$KIND" = stratafs ]; then
  by_overlayfs() {
    mount_by_kernel "$T/other-work" &&
      tree_view "$M" >"$T/other" 2>/dev/null && umount "$M" && diff "$T/view" "$T/other"
  }
  check "kernel overlayfs shows the same tree over the same layers" by_overlayfs
fi
summary
