package org.stratafs.union;

import org.stratafs.layer.LowerDir;
import org.stratafs.layer.LowerLayer;
import org.stratafs.layer.Marks;
import org.stratafs.posix.Names;
import org.stratafs.posix.Stat;

/**
 * The way along an absolute redirect in one layer, from its root to the directory that has the last
 * name.
 */
final class RedirectWalk {
  private final Search search;
  private final LowerLayer layer;
  private final String[] names;
  private final String[] namesBelow;
  private LowerDir at;
  private String atPath = "";
  private Marks.Opacity opacity;
  private boolean impure = true; // of the root nobody asked
  private boolean hidesBelow;

  RedirectWalk(Search search, LowerLayer layer, String path) {
    this.search = search;
    this.layer = layer;
    this.names = path.split("/", -1);
    this.namesBelow = names.clone();
  }

  /** Walks down; false if the way ends before, and then nothing is open. */
  boolean toParent() {
    at = layer.openDirectory("");
    boolean arrived = false;
    try {
      int step = 0;
      while (step < names.length - 1 && enter(step)) {
        step++;
      }
      arrived = step == names.length - 1;
      return arrived;
    } finally {
      if (!arrived) {
        at.close();
      }
    }
  }

  private boolean enter(int step) {
    Stat stat = new Stat();
    Search.Presence presence = Search.presence(at, names[step], opacity, stat);
    if (presence == Search.Presence.ABSENT) {
      hidesBelow |= Marks.hasWhiteoutName(at, names[step]);
      return false;
    }
    if (presence == Search.Presence.WHITEOUT || !stat.isDirectory()) {
      hidesBelow = true;
      return false;
    }
    hidesBelow |= Marks.hasWhiteoutName(at, names[step]);
    LowerDir next = at.child(names[step]);
    at.close();
    at = next;
    atPath = Names.join(atPath, names[step]);
    Marks.OfDirectory marks = Marks.of(at);
    opacity = marks.opacity();
    impure = marks.impure();
    hidesBelow |= marks.opacity() == Marks.Opacity.OPAQUE;
    if (marks.redirect() != null) {
      redirectBelow(step, search.follow(marks.redirect()));
    }
    return true;
  }

  /** A directory on the way was renamed in this layer: those below have it under another name. */
  private void redirectBelow(int step, String redirect) {
    if (redirect.startsWith("/")) {
      for (int i = 0; i < step; i++) {
        namesBelow[i] = null;
      }
      namesBelow[step] = redirect.substring(1);
    } else {
      namesBelow[step] = redirect;
    }
  }

  LowerDir parent() {
    return at;
  }

  LowerPath parentPath() {
    return new LowerPath(layer, atPath, opacity, impure);
  }

  String name() {
    return names[names.length - 1];
  }

  /** Nothing in the layers below shows along this way. */
  boolean hidesBelow() {
    return hidesBelow;
  }

  /** The path to go on with in the layers below. */
  String pathBelow() {
    return siblingBelow(namesBelow[names.length - 1]);
  }

  /** The same with another last name. */
  String siblingBelow(String lastName) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < names.length - 1; i++) {
      if (namesBelow[i] != null) {
        path.append(namesBelow[i]).append('/');
      }
    }
    return path.append(lastName).toString();
  }
}
