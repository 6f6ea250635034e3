package org.stratafs.layer;

/** In which xattr namespace the private xattrs of overlayfs are written; reading looks at both. */
public enum XattrNamespace {
  /** Trusted where the work directory takes such an xattr, else user. */
  AUTO,
  /** {@code trusted.overlay.*}: needs CAP_SYS_ADMIN in the initial user namespace. */
  TRUSTED,
  /** {@code user.overlay.*}: what the option userxattr asks for. */
  USER
}
