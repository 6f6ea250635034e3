# Real programs at work on the mount; the same on a plain directory tests the tests.
. "$(dirname "$0")/../lib/mounts.sh"
new_layers
trap cleanup EXIT
here=$(pwd)
need() { command -v "$1" >/dev/null || { echo "$1 is not installed"; exit 77; }; }

# Layers: sources to compile, a tree to copy, a git repository to clone, a database.
mkdir -p "$T/l1/src" "$T/l2/src" "$T/l3/tree/a/b" "$T/l2/tree/a" "$T/l1/tree"
for i in 1 2 3 4 5 6; do
  printf 'int f%d(void) { return %d; }\n' $i $i >"$T/l2/src/f$i.c"
done
printf 'int f1(void),f2(void),f3(void),f4(void),f5(void),f6(void);\n#include <stdio.h>\nint main(void){printf("%%d\\n",f1()+f2()+f3()+f4()+f5()+f6());return 0;}\n' >"$T/l1/src/main.c"
printf 'CFLAGS=-O1\nprog: main.o f1.o f2.o f3.o f4.o f5.o f6.o\n\t$(CC) -o $@ $^\nclean:\n\trm -f *.o prog\n' >"$T/l2/src/Makefile"
for i in $(seq 1 60); do echo "text $i" >"$T/l3/tree/a/b/file$i"; done
for i in $(seq 50 80); do echo "other $i" >"$T/l2/tree/a/file$i"; done
ln -s a/b/file1 "$T/l1/tree/link"
ln "$T/l3/tree/a/b/file2" "$T/l3/tree/a/b/hardlink"
setfattr -n user.color -v blue "$T/l3/tree/a/b/file3"
setfacl -m u:1001:rw "$T/l3/tree/a/b/file4" 2>/dev/null
touch -d '2001-02-03 04:05:06.789' "$T/l3/tree/a/b/file5"
if command -v git >/dev/null; then
  (mkdir "$T/l1/repo" && cd "$T/l1/repo" && git init -q . && git config user.email a@b && git config user.name n &&
    for i in 1 2 3 4 5; do cp -r "$T/l2/src" "dir$i" && echo "$i" >file && git add -A && git commit -qm "c$i"; done) >/dev/null 2>&1
fi
if command -v sqlite3 >/dev/null; then
  sqlite3 "$T/l2/base.db" 'create table t(i integer primary key, v text); insert into t(v) values("lower");'
fi
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/before"
mount_layers || { fail "mount"; summary; exit 1; }
cd "$M" || exit 1

ls_cat() {
  [ "$(ls tree)" = "$(printf 'a\nlink')" ] && [ "$(cat tree/link)" = "text 1" ] && [ "$(ls tree/a | wc -l)" = 32 ] &&
    ls -laR . >/dev/null && stat tree/a/b/file1 && df . && du -s tree
}
check "ls, cat, stat, df, du" ls_cat

cp_a() {
  cp -a tree copy && diff -r --no-dereference tree copy && [ "$(getfattr --only-values -n user.color copy/a/b/file3)" = blue ] &&
    [ "$(stat -c '%.9Y %a' copy/a/b/file5)" = "$(stat -c '%.9Y %a' tree/a/b/file5)" ] &&
    [ "$(stat -c %i copy/a/b/file2)" = "$(stat -c %i copy/a/b/hardlink)" ] &&
    [ "$(getfacl -cE copy/a/b/file4)" = "$(getfacl -cE tree/a/b/file4)" ]
}
check "cp -a keeps xattrs, ACLs, times and hard links" cp_a
check "cp --reflink=auto --sparse=always" sh -c 'truncate -s 5M sparse && cp --sparse=always sparse sparse2 && cmp sparse sparse2'
mv_tree() { mv tree/a/b moved && [ "$(ls moved | wc -l)" = 61 ] && [ ! -e tree/a/b ] && mv moved tree/a/b && [ "$(cat tree/a/b/file60)" = "text 60" ]; }
check "mv of a lower directory there and back" mv_tree
check "sed -i, touch, chmod -R, chown -R" sh -c 'sed -i s/text/TEXT/ tree/a/b/file7 && grep -q "TEXT 7" tree/a/b/file7 &&
  chmod -R u+x,g-r tree && chown -R 1001:2001 tree && [ "$(find tree -user 1001 -group 2001 | wc -l)" = "$(find tree | wc -l)" ] && touch tree/a/b/file8'
tar_round() {
  need tar
  tar --xattrs --acls -cf out.tar tree && mkdir in && tar --xattrs --acls -xpf out.tar -C in && diff -r --no-dereference tree in/tree &&
    [ "$(getfattr --only-values -n user.color in/tree/a/b/file3)" = blue ] &&
    [ "$(getfacl -cE in/tree/a/b/file4)" = "$(getfacl -cE tree/a/b/file4)" ] &&
    (cd tree && find . -printf '%p %m %u %T@ %s %y\n' | grep -v ' d$' | sort) >list1 &&
    (cd in/tree && find . -printf '%p %m %u %T@ %s %y\n' | grep -v ' d$' | sort) >list2 && diff list1 list2
}
check "tar out and in with xattrs and ACLs" tar_round
check "find with -newer, -exec and -delete" sh -c 'touch mark && sleep 0.1 && echo x >tree/new && [ "$(find tree -newer mark -type f)" = tree/new ] &&
  find in -name "file1*" -exec grep -q . {} + && find in -delete && [ ! -e in ]'
rm_all() { rm -rf copy && [ ! -e copy ] && rm -rf tree/a && [ "$(ls tree | sort | tr '\n' ' ')" = "link new " ] && mkdir tree/a && [ -z "$(ls tree/a)" ]; }
check "rm -rf of lower and upper trees, mkdir again is empty" rm_all

compile() {
  need make
  need cc
  cd src && make -s -j2 && [ "$(./prog)" = 21 ] && touch f3.c && make -s -j2 && make -s clean && [ ! -e prog ]
}
check "a compile with make -j2" compile

git_work() {
  need git
  export GIT_CONFIG_GLOBAL=/dev/null
  git -c safe.directory='*' clone -q --no-hardlinks "file://$M/repo" clone || return 1
  cd clone && git config user.email a@b && git config user.name n && [ -z "$(git status --porcelain)" ] &&
    echo change >file && [ -n "$(git status --porcelain)" ] && git commit -qam change && git checkout -q -b other HEAD~2 && git checkout -q - &&
    git gc -q && git fsck --strict && [ -z "$(git status --porcelain)" ] &&
    cd ../repo && git -c safe.directory='*' status --porcelain && echo y >file && git -c safe.directory='*' commit -qam in-lower && git -c safe.directory='*' gc -q &&
    git -c safe.directory='*' fsck --strict
}
check "git clone, status, commit, checkout, gc, fsck" git_work

sqlite_wal() {
  need sqlite3
  [ "$(sqlite3 base.db 'pragma journal_mode=wal; insert into t(v) values("upper"); select count(*) from t;' | tail -1)" = 2 ] || return 1
  local pids=() i
  for i in 1 2 3; do
    (for n in $(seq 1 30); do echo "insert into t(v) values('$i-$n');"; done | sqlite3 -cmd '.timeout 60000' base.db) &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i" || return 1; done
  [ "$(sqlite3 base.db 'select count(*) from t')" = 92 ] && [ "$(sqlite3 base.db 'pragma integrity_check')" = ok ]
}
check "sqlite3 with WAL and three writers on a lower database" sqlite_wal
check "sqlite3 with a rollback journal" sh -c 'command -v sqlite3 >/dev/null || { echo sqlite3 is not installed; exit 77; }
  sqlite3 j.db "pragma journal_mode=delete; create table t(i); begin; insert into t values(1); rollback; begin; insert into t values(2); commit;" &&
  [ "$(sqlite3 j.db "select i from t")" = 2 ]'
check "dd with O_DIRECT, conv=notrunc and fsync" sh -c 'dd if=/dev/zero of=dd bs=64k count=16 oflag=direct 2>&1 && dd if=dd of=/dev/null bs=64k iflag=direct 2>&1 &&
  printf abc | dd of=dd bs=1 seek=100 conv=notrunc,fsync 2>&1 && [ "$(stat -c %s dd)" = 1048576 ]'
check "rsync -aHAX" sh -c 'command -v rsync >/dev/null || { echo rsync is not installed; exit 77; }; rsync -aHAX src/ synced/ && ! rsync -aHAXi --checksum src/ synced/ | grep .'
check "python compiles and imports a module" sh -c 'command -v python3 >/dev/null || { echo python3 is not installed; exit 77; }
  mkdir py && echo "x = 42" >py/m.py && cd py && [ "$(PYTHONDONTWRITEBYTECODE= python3 -c "import m; print(m.x)")" = 42 ] && ls __pycache__ | grep -q pyc'
check "bind mount of a sub-directory" sh -c 'mkdir bound && mount --bind src bound && ls bound/main.c && umount bound'
check "fio verifies random writes" sh -c 'command -v fio >/dev/null || { echo fio is not installed; exit 77; }
  fio --name=v --filename=fio --size=4m --rw=randwrite --bs=4k --verify=crc32c --do_verify=1 --ioengine=psync --fallocate=none --minimal >/dev/null'
check "fio verifies mmap writes" sh -c 'command -v fio >/dev/null || { echo fio is not installed; exit 77; }
  fio --name=v --filename=fio2 --size=4m --rw=randwrite --bs=4k --verify=crc32c --do_verify=1 --ioengine=mmap --fallocate=none --minimal >/dev/null'

cd "$here" || exit 1
tree_view "$M" >"$T/view"
unmount || fail "unmount"
manifest "$T/l1" "$T/l2" "$T/l3" >"$T/after"
check "lower layers are unchanged" diff "$T/before" "$T/after"
other_union_shows_the_same() {
  if [ "$KIND" = stratafs ]; then
    mount_by_kernel "$T/other-work"
  else
    mkdir "$T/other-work" && "$STRATAFS" -o "lowerdir=$LOWERS,upperdir=$T/upper,workdir=$T/other-work" "$M"
  fi || return 1
  tree_view "$M" >"$T/other"
  umount "$M"
  diff "$T/view" "$T/other"
}
case $KIND in
  stratafs) check "kernel overlayfs shows the same tree over the same layers" other_union_shows_the_same ;;
  overlay) check "stratafs shows the tree that kernel overlayfs left" other_union_shows_the_same ;;
esac
summary
