package org.stratafs.posix;

/**
 * A failed operation: an errno and, where there is one, a line for the person.
 *
 * <p>It has no stack trace, so that throwing it costs little; it is an outcome and not a defect.
 * Only the transports and code that means a named set of errnos catch it (docs/ARCHITECTURE.md,
 * errors).
 */
public final class FsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /** An errno without a message of its own. */
  public FsException(int errno) {
    this(errno, null);
  }

  /** An errno with a line that names the thing and what to do. */
  public FsException(int errno, String message) {
    super(message, null, false, false);
    this.errno = errno;
  }

  /** The positive errno, see {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** Whether it came with a line of its own. */
  public boolean hasMessage() {
    return super.getMessage() != null;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? Errno.name(errno) : message + " (" + Errno.name(errno) + ")";
  }
}
