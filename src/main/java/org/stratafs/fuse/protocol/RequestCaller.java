package org.stratafs.fuse.protocol;

import org.stratafs.fs.Caller;

/** The caller of the request that one worker serves now; reused for each of its requests. */
final class RequestCaller implements Caller {
  private final Request request;

  /** The request being served, 0 between requests. Written by the worker. */
  private volatile long unique;

  /** The request that was interrupted last. Written by the worker that reads INTERRUPT. */
  private volatile long interrupted;

  RequestCaller(Request request) {
    this.request = request;
  }

  void enter(long id) {
    unique = id;
  }

  void leave() {
    unique = 0;
  }

  boolean serves(long id) {
    return unique == id;
  }

  /** Names the request, so that it cannot hit the one served after it. */
  void interrupt(long id) {
    interrupted = id;
  }

  @Override
  public int uid() {
    return request.uid();
  }

  @Override
  public int gid() {
    return request.gid();
  }

  @Override
  public int pid() {
    return request.pid();
  }

  @Override
  public boolean interrupted() {
    return interrupted == unique;
  }
}
