/*
 * Prints what the kernel's header says of the FUSE protocol, a line each:
 *
 *   size STRUCT BYTES
 *   field STRUCT FIELD OFFSET
 *   const NAME VALUE
 *   minor VERSION
 *
 * AbiTest compiles and runs it and compares the lines with the Java constants.
 */
#include <linux/fuse.h>
#include <stddef.h>
#include <stdio.h>

#define SIZE(s) printf("size " #s " %zu\n", sizeof(struct s))
#define FIELD(s, f) printf("field " #s " " #f " %zu\n", offsetof(struct s, f))
#define CONST(c) printf("const " #c " %llu\n", (unsigned long long)(c))

int main(void) {
  printf("minor %d\n", FUSE_KERNEL_MINOR_VERSION);

  SIZE(fuse_in_header);
  FIELD(fuse_in_header, len);
  FIELD(fuse_in_header, opcode);
  FIELD(fuse_in_header, unique);
  FIELD(fuse_in_header, nodeid);
  FIELD(fuse_in_header, uid);
  FIELD(fuse_in_header, gid);
  FIELD(fuse_in_header, pid);
  FIELD(fuse_in_header, total_extlen);
  SIZE(fuse_forget_in);
  FIELD(fuse_forget_in, nlookup);
  SIZE(fuse_forget_one);
  FIELD(fuse_forget_one, nodeid);
  FIELD(fuse_forget_one, nlookup);
  SIZE(fuse_batch_forget_in);
  FIELD(fuse_batch_forget_in, count);
  SIZE(fuse_getattr_in);
  FIELD(fuse_getattr_in, getattr_flags);
  FIELD(fuse_getattr_in, fh);
#if FUSE_KERNEL_MINOR_VERSION >= 39
  SIZE(fuse_statx_in);
  FIELD(fuse_statx_in, getattr_flags);
  FIELD(fuse_statx_in, fh);
  FIELD(fuse_statx_in, sx_flags);
  FIELD(fuse_statx_in, sx_mask);
#endif
  SIZE(fuse_mknod_in);
  FIELD(fuse_mknod_in, mode);
  FIELD(fuse_mknod_in, rdev);
  FIELD(fuse_mknod_in, umask);
  SIZE(fuse_mkdir_in);
  FIELD(fuse_mkdir_in, mode);
  FIELD(fuse_mkdir_in, umask);
  SIZE(fuse_rename_in);
  FIELD(fuse_rename_in, newdir);
  SIZE(fuse_rename2_in);
  FIELD(fuse_rename2_in, newdir);
  FIELD(fuse_rename2_in, flags);
  SIZE(fuse_link_in);
  FIELD(fuse_link_in, oldnodeid);
  SIZE(fuse_setattr_in);
  FIELD(fuse_setattr_in, valid);
  FIELD(fuse_setattr_in, fh);
  FIELD(fuse_setattr_in, size);
  FIELD(fuse_setattr_in, lock_owner);
  FIELD(fuse_setattr_in, atime);
  FIELD(fuse_setattr_in, mtime);
  FIELD(fuse_setattr_in, ctime);
  FIELD(fuse_setattr_in, atimensec);
  FIELD(fuse_setattr_in, mtimensec);
  FIELD(fuse_setattr_in, ctimensec);
  FIELD(fuse_setattr_in, mode);
  FIELD(fuse_setattr_in, uid);
  FIELD(fuse_setattr_in, gid);
  SIZE(fuse_open_in);
  FIELD(fuse_open_in, flags);
  FIELD(fuse_open_in, open_flags);
  SIZE(fuse_create_in);
  FIELD(fuse_create_in, flags);
  FIELD(fuse_create_in, mode);
  FIELD(fuse_create_in, umask);
  FIELD(fuse_create_in, open_flags);
  SIZE(fuse_release_in);
  FIELD(fuse_release_in, fh);
  FIELD(fuse_release_in, flags);
  FIELD(fuse_release_in, release_flags);
  FIELD(fuse_release_in, lock_owner);
  SIZE(fuse_flush_in);
  FIELD(fuse_flush_in, fh);
  FIELD(fuse_flush_in, lock_owner);
  SIZE(fuse_read_in);
  FIELD(fuse_read_in, fh);
  FIELD(fuse_read_in, offset);
  FIELD(fuse_read_in, size);
  FIELD(fuse_read_in, read_flags);
  FIELD(fuse_read_in, lock_owner);
  FIELD(fuse_read_in, flags);
  SIZE(fuse_write_in);
  FIELD(fuse_write_in, fh);
  FIELD(fuse_write_in, offset);
  FIELD(fuse_write_in, size);
  FIELD(fuse_write_in, write_flags);
  FIELD(fuse_write_in, lock_owner);
  FIELD(fuse_write_in, flags);
  SIZE(fuse_fsync_in);
  FIELD(fuse_fsync_in, fh);
  FIELD(fuse_fsync_in, fsync_flags);
  SIZE(fuse_setxattr_in);
  FIELD(fuse_setxattr_in, size);
  FIELD(fuse_setxattr_in, flags);
  FIELD(fuse_setxattr_in, setxattr_flags);
  SIZE(fuse_getxattr_in);
  FIELD(fuse_getxattr_in, size);
  SIZE(fuse_access_in);
  FIELD(fuse_access_in, mask);
  SIZE(fuse_init_in);
  FIELD(fuse_init_in, major);
  FIELD(fuse_init_in, minor);
  FIELD(fuse_init_in, max_readahead);
  FIELD(fuse_init_in, flags);
  FIELD(fuse_init_in, flags2);
  SIZE(fuse_interrupt_in);
  FIELD(fuse_interrupt_in, unique);
  SIZE(fuse_ioctl_in);
  FIELD(fuse_ioctl_in, fh);
  FIELD(fuse_ioctl_in, flags);
  FIELD(fuse_ioctl_in, cmd);
  FIELD(fuse_ioctl_in, arg);
  FIELD(fuse_ioctl_in, in_size);
  FIELD(fuse_ioctl_in, out_size);
  SIZE(fuse_fallocate_in);
  FIELD(fuse_fallocate_in, fh);
  FIELD(fuse_fallocate_in, offset);
  FIELD(fuse_fallocate_in, length);
  FIELD(fuse_fallocate_in, mode);
  SIZE(fuse_lseek_in);
  FIELD(fuse_lseek_in, fh);
  FIELD(fuse_lseek_in, offset);
  FIELD(fuse_lseek_in, whence);
  SIZE(fuse_copy_file_range_in);
  FIELD(fuse_copy_file_range_in, fh_in);
  FIELD(fuse_copy_file_range_in, off_in);
  FIELD(fuse_copy_file_range_in, nodeid_out);
  FIELD(fuse_copy_file_range_in, fh_out);
  FIELD(fuse_copy_file_range_in, off_out);
  FIELD(fuse_copy_file_range_in, len);
  FIELD(fuse_copy_file_range_in, flags);
  SIZE(fuse_syncfs_in);
  FIELD(fuse_syncfs_in, padding);
  SIZE(fuse_notify_inval_inode_out);
  FIELD(fuse_notify_inval_inode_out, ino);
  FIELD(fuse_notify_inval_inode_out, off);
  FIELD(fuse_notify_inval_inode_out, len);
  SIZE(fuse_out_header);
  FIELD(fuse_out_header, len);
  FIELD(fuse_out_header, error);
  FIELD(fuse_out_header, unique);
  SIZE(fuse_attr);
  FIELD(fuse_attr, ino);
  FIELD(fuse_attr, size);
  FIELD(fuse_attr, blocks);
  FIELD(fuse_attr, atime);
  FIELD(fuse_attr, mtime);
  FIELD(fuse_attr, ctime);
  FIELD(fuse_attr, atimensec);
  FIELD(fuse_attr, mtimensec);
  FIELD(fuse_attr, ctimensec);
  FIELD(fuse_attr, mode);
  FIELD(fuse_attr, nlink);
  FIELD(fuse_attr, uid);
  FIELD(fuse_attr, gid);
  FIELD(fuse_attr, rdev);
  FIELD(fuse_attr, blksize);
  FIELD(fuse_attr, flags);
  SIZE(fuse_entry_out);
  FIELD(fuse_entry_out, nodeid);
  FIELD(fuse_entry_out, generation);
  FIELD(fuse_entry_out, entry_valid);
  FIELD(fuse_entry_out, attr_valid);
  FIELD(fuse_entry_out, entry_valid_nsec);
  FIELD(fuse_entry_out, attr_valid_nsec);
  FIELD(fuse_entry_out, attr);
  SIZE(fuse_attr_out);
  FIELD(fuse_attr_out, attr_valid);
  FIELD(fuse_attr_out, attr_valid_nsec);
  FIELD(fuse_attr_out, attr);
#if FUSE_KERNEL_MINOR_VERSION >= 39
  SIZE(fuse_statx);
  FIELD(fuse_statx, mask);
  FIELD(fuse_statx, blksize);
  FIELD(fuse_statx, attributes);
  FIELD(fuse_statx, nlink);
  FIELD(fuse_statx, uid);
  FIELD(fuse_statx, gid);
  FIELD(fuse_statx, mode);
  FIELD(fuse_statx, ino);
  FIELD(fuse_statx, size);
  FIELD(fuse_statx, blocks);
  FIELD(fuse_statx, attributes_mask);
  FIELD(fuse_statx, atime);
  FIELD(fuse_statx, btime);
  FIELD(fuse_statx, ctime);
  FIELD(fuse_statx, mtime);
  FIELD(fuse_statx, rdev_major);
  FIELD(fuse_statx, rdev_minor);
  FIELD(fuse_statx, dev_major);
  FIELD(fuse_statx, dev_minor);
  SIZE(fuse_statx_out);
  FIELD(fuse_statx_out, attr_valid);
  FIELD(fuse_statx_out, attr_valid_nsec);
  FIELD(fuse_statx_out, flags);
  FIELD(fuse_statx_out, stat);
#endif
  SIZE(fuse_open_out);
  FIELD(fuse_open_out, fh);
  FIELD(fuse_open_out, open_flags);
#if FUSE_KERNEL_MINOR_VERSION >= 40
  FIELD(fuse_open_out, backing_id);
#endif
  SIZE(fuse_write_out);
  FIELD(fuse_write_out, size);
  SIZE(fuse_kstatfs);
  FIELD(fuse_kstatfs, blocks);
  FIELD(fuse_kstatfs, bfree);
  FIELD(fuse_kstatfs, bavail);
  FIELD(fuse_kstatfs, files);
  FIELD(fuse_kstatfs, ffree);
  FIELD(fuse_kstatfs, bsize);
  FIELD(fuse_kstatfs, namelen);
  FIELD(fuse_kstatfs, frsize);
  SIZE(fuse_statfs_out);
  FIELD(fuse_statfs_out, st);
  SIZE(fuse_getxattr_out);
  FIELD(fuse_getxattr_out, size);
  SIZE(fuse_init_out);
  FIELD(fuse_init_out, major);
  FIELD(fuse_init_out, minor);
  FIELD(fuse_init_out, max_readahead);
  FIELD(fuse_init_out, flags);
  FIELD(fuse_init_out, max_background);
  FIELD(fuse_init_out, congestion_threshold);
  FIELD(fuse_init_out, max_write);
  FIELD(fuse_init_out, time_gran);
  FIELD(fuse_init_out, max_pages);
  FIELD(fuse_init_out, map_alignment);
  FIELD(fuse_init_out, flags2);
#if FUSE_KERNEL_MINOR_VERSION >= 40
  FIELD(fuse_init_out, max_stack_depth);
#endif
#if FUSE_KERNEL_MINOR_VERSION >= 43
  FIELD(fuse_init_out, request_timeout);
#endif
  SIZE(fuse_ioctl_out);
  FIELD(fuse_ioctl_out, result);
  FIELD(fuse_ioctl_out, flags);
  FIELD(fuse_ioctl_out, in_iovs);
  FIELD(fuse_ioctl_out, out_iovs);
  SIZE(fuse_dirent);
  FIELD(fuse_dirent, ino);
  FIELD(fuse_dirent, off);
  FIELD(fuse_dirent, namelen);
  FIELD(fuse_dirent, type);
  SIZE(fuse_direntplus);
  FIELD(fuse_direntplus, entry_out);
  FIELD(fuse_direntplus, dirent);
  SIZE(fuse_lseek_out);
  FIELD(fuse_lseek_out, offset);
#if FUSE_KERNEL_MINOR_VERSION >= 45
  SIZE(fuse_copy_file_range_out);
  FIELD(fuse_copy_file_range_out, bytes_copied);
#endif
  CONST(FUSE_GETATTR_FH);
  CONST(FATTR_MODE);
  CONST(FATTR_UID);
  CONST(FATTR_GID);
  CONST(FATTR_SIZE);
  CONST(FATTR_ATIME);
  CONST(FATTR_MTIME);
  CONST(FATTR_FH);
  CONST(FATTR_ATIME_NOW);
  CONST(FATTR_MTIME_NOW);
  CONST(FATTR_KILL_SUIDGID);
  CONST(FUSE_OPEN_KILL_SUIDGID);
  CONST(FUSE_WRITE_KILL_SUIDGID);
  CONST(FUSE_FSYNC_FDATASYNC);
  CONST(FUSE_SETXATTR_ACL_KILL_SGID);
  CONST(FOPEN_KEEP_CACHE);
  CONST(FOPEN_CACHE_DIR);
  CONST(FOPEN_NOFLUSH);
#ifdef FOPEN_PASSTHROUGH
  CONST(FOPEN_PASSTHROUGH);
#endif
  CONST(FUSE_ASYNC_READ);
  CONST(FUSE_ATOMIC_O_TRUNC);
  CONST(FUSE_EXPORT_SUPPORT);
  CONST(FUSE_BIG_WRITES);
  CONST(FUSE_DONT_MASK);
  CONST(FUSE_AUTO_INVAL_DATA);
  CONST(FUSE_DO_READDIRPLUS);
  CONST(FUSE_READDIRPLUS_AUTO);
  CONST(FUSE_ASYNC_DIO);
  CONST(FUSE_WRITEBACK_CACHE);
  CONST(FUSE_PARALLEL_DIROPS);
  CONST(FUSE_NO_OPENDIR_SUPPORT);
  CONST(FUSE_POSIX_ACL);
  CONST(FUSE_MAX_PAGES);
  CONST(FUSE_CACHE_SYMLINKS);
  CONST(FUSE_HANDLE_KILLPRIV_V2);
  CONST(FUSE_SETXATTR_EXT);
  CONST(FUSE_INIT_EXT);
#ifdef FUSE_PASSTHROUGH
  CONST(FUSE_PASSTHROUGH);
#endif
  CONST(FUSE_LOOKUP);
  CONST(FUSE_FORGET);
  CONST(FUSE_GETATTR);
  CONST(FUSE_SETATTR);
  CONST(FUSE_READLINK);
  CONST(FUSE_SYMLINK);
  CONST(FUSE_MKNOD);
  CONST(FUSE_MKDIR);
  CONST(FUSE_UNLINK);
  CONST(FUSE_RMDIR);
  CONST(FUSE_RENAME);
  CONST(FUSE_LINK);
  CONST(FUSE_OPEN);
  CONST(FUSE_READ);
  CONST(FUSE_WRITE);
  CONST(FUSE_STATFS);
  CONST(FUSE_RELEASE);
  CONST(FUSE_FSYNC);
  CONST(FUSE_SETXATTR);
  CONST(FUSE_GETXATTR);
  CONST(FUSE_LISTXATTR);
  CONST(FUSE_REMOVEXATTR);
  CONST(FUSE_FLUSH);
  CONST(FUSE_INIT);
  CONST(FUSE_OPENDIR);
  CONST(FUSE_READDIR);
  CONST(FUSE_RELEASEDIR);
  CONST(FUSE_FSYNCDIR);
  CONST(FUSE_GETLK);
  CONST(FUSE_SETLK);
  CONST(FUSE_SETLKW);
  CONST(FUSE_ACCESS);
  CONST(FUSE_CREATE);
  CONST(FUSE_INTERRUPT);
  CONST(FUSE_BMAP);
  CONST(FUSE_DESTROY);
  CONST(FUSE_IOCTL);
  CONST(FUSE_POLL);
  CONST(FUSE_NOTIFY_REPLY);
  CONST(FUSE_BATCH_FORGET);
  CONST(FUSE_FALLOCATE);
  CONST(FUSE_READDIRPLUS);
  CONST(FUSE_RENAME2);
  CONST(FUSE_LSEEK);
  CONST(FUSE_COPY_FILE_RANGE);
  CONST(FUSE_SETUPMAPPING);
  CONST(FUSE_REMOVEMAPPING);
  CONST(FUSE_SYNCFS);
  CONST(FUSE_TMPFILE);
#if FUSE_KERNEL_MINOR_VERSION >= 39
  CONST(FUSE_STATX);
#endif
#if FUSE_KERNEL_MINOR_VERSION >= 45
  CONST(FUSE_COPY_FILE_RANGE_64);
#endif
  return 0;
}
