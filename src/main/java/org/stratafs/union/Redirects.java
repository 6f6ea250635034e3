package org.stratafs.union;

import org.stratafs.layer.Marks;
import org.stratafs.layer.RedirectPolicy;
import org.stratafs.layer.UpperDir;

/**
 * Says, before a name of something in upper changes, where the layers below have it (linux
 * fs/overlayfs/dir.c, ovl_set_redirect): by its old name while it stays in its parent, by the path
 * from the layers' roots otherwise. A redirect that is there and still true is kept.
 *
 * <p>renameLock is held exclusively in all methods.
 */
final class Redirects {
  /** The longest redirect in bytes; the kernel's limit for those it makes is 256 (redirect_max). */
  private static final int MAX_LENGTH = 1024;

  private final Core core;
  private final Places places;

  Redirects(Core core, Places places) {
    this.core = core;
    this.places = places;
  }

  /** Whether redirects are made on this mount. */
  boolean areMade() {
    return core.options.redirects() == RedirectPolicy.ON && core.stack.marks().hasXattrs();
  }

  /** For a directory that lowers contribute to; false if its path is too long for a redirect. */
  boolean set(UpperDir parentDir, Link link, boolean staysInParent) {
    String present;
    try (UpperDir upper = parentDir.child(link.name())) {
      present = Marks.of(upper).redirect();
    }
    String redirect = wanted(link, present, staysInParent);
    if (redirect == null) {
      return true;
    }
    if (redirect.length() > MAX_LENGTH) {
      return false;
    }
    core.stack.marks().setRedirect(parentDir, link.name(), redirect);
    return true;
  }

  /**
   * For a file in upper; nothing is done unless it is a metacopy.
   *
   * @return false if its data has to be copied up before, since no redirect can be made
   */
  boolean setOnMetacopy(FileNode node, Link link, boolean staysInParent) {
    if (node.hasUpperData() || link == null) {
      return true;
    }
    return areMade()
        && places.onUpperNamesLocked(
            node,
            (directory, name) -> {
              // The names of one inode may be in different directories, where only a path from the
              // root means the same (ovl_need_absolute_redirect).
              boolean relative = staysInParent && !node.hasSeveralNames();
              String redirect = wanted(link, Marks.metacopyRedirect(directory, name), relative);
              return redirect == null
                  || (redirect.length() <= MAX_LENGTH
                      && core.stack.marks().redirectMetacopy(directory, name, redirect));
            });
  }

  /** The redirect to be set; null if the present one will do. */
  private String wanted(Link link, String present, boolean relative) {
    if (present == null) {
      return relative ? link.name() : path(link.parent(), link.name());
    }
    return relative || present.startsWith("/") ? null : path(link.parent(), present);
  }

  /**
   * The path under which the lowers have what they call {@code name} in this directory: the way
   * down from the root by the names that each directory has in the lowers (ovl_get_redirect).
   */
  private String path(DirectoryNode parent, String name) {
    String path = name;
    for (DirectoryNode node = parent; node.link() != null; node = node.link().parent()) {
      String redirect = redirectOf(node);
      path = (redirect == null ? node.link().name() : redirect) + "/" + path;
      if (redirect != null && redirect.startsWith("/")) {
        return path;
      }
    }
    return "/" + path;
  }

  private String redirectOf(DirectoryNode node) {
    if (!node.isUpper() || !node.hasLower()) {
      return null;
    }
    try (UpperDir directory = core.directories.upper(node)) {
      return Marks.of(directory).redirect();
    }
  }
}
