# Sourced by scripts/accept-podman --rootless as root: makes an ordinary user within this mount namespace, and goes on as
# that user. Nothing of the machine's own files is changed.

install_missing newuidmap=uidmap slirp4netns=slirp4netns setpriv=util-linux || exit 1
id=47110
for file in passwd group subuid subgid; do
  # Not in $base, which is the user's.
  cp "/etc/$file" "$base-$file" 2>/dev/null || : >"$base-$file"
  mount --bind "$base-$file" "/etc/$file" 2>/dev/null || {
    rm "$base-$file"
    skip_all "there is no /etc/$file, and so no ordinary user to try"
  }
  rm "$base-$file"
done
echo "accept:x:$id:$id::$base/home:/bin/bash" >>/etc/passwd
echo "accept:x:$id:" >>/etc/group
echo "accept:1000000:65536" >>/etc/subuid
echo "accept:1000000:65536" >>/etc/subgid
mkdir "$base/home" "$base/xdg"
chmod 700 "$base/xdg"
mknod "$base/fuse" c 10 229
chmod 666 "$base/fuse"
mount --bind "$base/fuse" /dev/fuse
chown -R "$id:$id" "$base"
cd "$base/home" || exit 1
exec setpriv --reuid "$id" --regid "$id" --clear-groups env -i PATH="$PATH" TERM="${TERM-dumb}" HOME="$base/home" \
  XDG_RUNTIME_DIR="$base/xdg" STRATAFS_ACCEPT="$base" bash "$root/scripts/accept-podman" --rootless --with "$with"
