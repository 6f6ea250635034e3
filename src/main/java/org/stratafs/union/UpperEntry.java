package org.stratafs.union;

/** What a name is, seen from upper: tells an operation what it has to do there. */
enum UpperEntry {
  /** Nothing visible and nothing in upper: make the object under its name. */
  NONE,
  /**
   * Visible from a lower, nothing in upper: copy up before a change; a whiteout suffices to delete
   * it.
   */
  LOWER,
  /** In upper: change it there; deleting it needs a whiteout if a lower has the name too. */
  UPPER,
  /** Deleted by a whiteout in upper: replace the whiteout atomically by what is made. */
  WHITEOUT
}
