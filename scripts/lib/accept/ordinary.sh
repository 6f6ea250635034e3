# Sourced by the acceptance scripts as root: an ordinary user, who is there within this mount namespace only.

install_missing newuidmap=uidmap setpriv=util-linux || exit 1
ordinary_id=47110

# Makes the user, $base/home and a /dev/fuse for all; else says why not. Nothing of the machine's own files is changed.
make_ordinary_user() {
  local file
  for file in passwd group subuid subgid; do
    # Not in $base, which may be the user's.
    cp "/etc/$file" "$base-$file" 2>/dev/null || : >"$base-$file"
    mount --bind "$base-$file" "/etc/$file" 2>/dev/null || {
      rm "$base-$file"
      echo "there is no /etc/$file, and so no ordinary user to try"
      return 1
    }
    rm "$base-$file"
  done
  echo "accept:x:$ordinary_id:$ordinary_id::$base/home:/bin/bash" >>/etc/passwd
  echo "accept:x:$ordinary_id:" >>/etc/group
  echo "accept:1000000:65536" >>/etc/subuid
  echo "accept:1000000:65536" >>/etc/subgid
  mkdir "$base/home" "$base/xdg"
  chmod 700 "$base/xdg"
  mknod "$base/fuse" c 10 229
  chmod 666 "$base/fuse"
  mount --bind "$base/fuse" /dev/fuse
  chown "$ordinary_id:$ordinary_id" "$base/home" "$base/xdg"
}

# Runs as that user: as_ordinary_user [VARIABLE=VALUE...] COMMAND...
as_ordinary_user() {
  setpriv --reuid "$ordinary_id" --regid "$ordinary_id" --clear-groups env -i PATH="$PATH" TERM="${TERM-dumb}" \
    HOME="$base/home" XDG_RUNTIME_DIR="$base/xdg" "$@"
}
