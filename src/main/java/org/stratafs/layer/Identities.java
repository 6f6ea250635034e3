package org.stratafs.layer;

import java.util.List;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;
import org.stratafs.posix.Mode;
import org.stratafs.posix.Stat;
import org.stratafs.sys.Syscalls;

/**
 * Finds out how each layer of a stack keeps owners and modes.
 *
 * <p>As in fuse-overlayfs a layer's root says so: if it carries an override xattr, so do the files
 * of the layer, whatever the options are. An upper that carries none yet gets the one that the
 * option xattr_permissions names.
 */
final class Identities {
  /** In the order of fuse-overlayfs, for a root that carries several. */
  private static final OverrideForm[] FORMS = {
    OverrideForm.PRIVILEGED, OverrideForm.CONTAINERS, OverrideForm.USER
  };

  private final Syscalls sys;
  private final IdentitySpec spec;
  private final OverrideForm[] lowers;
  private final boolean[] mapped;
  private final OverrideForm upper;
  private final boolean anyOverride;

  /**
   * @param mapped which lowers are on idmapped mounts: their ids are mapped by those, and by no
   *     option once more. containers/storage mounts layers so and names the maps as well
   * @param upperFd -1 without upper
   */
  Identities(Syscalls sys, IdentitySpec spec, int[] lowerFds, boolean[] mapped, int upperFd) {
    this.sys = sys;
    this.spec = spec;
    this.mapped = mapped.clone();
    boolean any = spec.override() != OverrideForm.NONE;
    lowers = new OverrideForm[lowerFds.length];
    for (int i = 0; i < lowers.length; i++) {
      lowers[i] = formOf(lowerFds[i]);
      any |= lowers[i] != OverrideForm.NONE;
    }
    OverrideForm found = upperFd < 0 ? OverrideForm.NONE : formOf(upperFd);
    upper = found == OverrideForm.NONE && upperFd >= 0 ? spec.override() : found;
    anyOverride = any || upper != OverrideForm.NONE;
  }

  private OverrideForm formOf(int fd) {
    List<String> present = sys.listxattr(fd, "");
    for (OverrideForm form : FORMS) {
      if (present.contains(form.xattr())) {
        return form;
      }
    }
    return OverrideForm.NONE;
  }

  Identity lower(int i) {
    return identity(lowers[i], mapped[i] ? spec.withoutMaps() : spec);
  }

  Identity upper() {
    return identity(upper, spec);
  }

  private Identity identity(OverrideForm form, IdentitySpec shown) {
    boolean acls = spec.acls() && form == OverrideForm.NONE && upper == OverrideForm.NONE;
    return !anyOverride && shown.isPlain()
        ? Identity.PLAIN
        : new Identity(shown, form.xattr(), acls, anyOverride);
  }

  /** Marks the root of an upper that is to keep owners and modes in an xattr. */
  void markUpper(LayerRoot root) {
    String xattr = upper.xattr();
    if (xattr == null || sys.getxattrOrAbsent(root.fd(), "", xattr) != null) {
      return;
    }
    Stat stat = new Stat();
    sys.fstat(root.fd(), stat);
    assert Mode.isDirectory(stat.mode);
    try {
      sys.setxattr(root.fd(), "", xattr, OverrideStat.of(stat).format(), 0);
    } catch (FsException e) {
      if (e.errno() != Errno.EPERM && !Errno.isUnsupported(e.errno())) {
        throw e;
      }
      throw root.failure(
          e.errno(),
          "takes no xattr "
              + xattr
              + ": leave xattr_permissions out, or use another file system"
              + (upper == OverrideForm.PRIVILEGED ? ", or xattr_permissions=2" : ""));
    }
  }
}
