# Sourced by scripts/accept-podman --rootless as root: goes on as an ordinary user, to whom $base belongs.

install_missing slirp4netns=slirp4netns || exit 1
. "$root/scripts/lib/accept/ordinary.sh"
make_ordinary_user >"$base-said" || {
  why=$(cat "$base-said")
  rm "$base-said"
  skip_all "$why"
}
rm "$base-said"
chown -R "$ordinary_id:$ordinary_id" "$base"
cd "$base/home" || exit 1
as_ordinary_user STRATAFS_ACCEPT="$base" bash "$root/scripts/accept-podman" --rootless --with "$with"
exit
