package org.stratafs.fuse.protocol;

import org.stratafs.fs.Entry;
import org.stratafs.fs.OpenResult;
import org.stratafs.fs.SetAttr;
import org.stratafs.posix.Stat;
import org.stratafs.posix.StatFs;

/**
 * What one worker needs to serve one request after another without allocating: the flyweights over
 * its memory, the caller, and the holders that operations fill. Confined to its worker, but for the
 * interrupt that reaches the caller.
 */
public final class Exchange {
  final Request in;
  final Reply out;
  final RequestCaller caller;
  final Entry entry = new Entry();
  final Stat stat = new Stat();
  final StatFs statFs = new StatFs();
  final SetAttr setAttr = new SetAttr();
  final OpenResult opened = new OpenResult();
  final DirectoryReply directory;
  final RequestCounts counts = new RequestCounts();

  Exchange(Memory request, Memory reply, AttrEncoder encoder) {
    in = new Request(request);
    out = new Reply(reply);
    caller = new RequestCaller(in);
    directory = new DirectoryReply(out, encoder);
  }

  /** The requests that came through here. */
  public RequestCounts counts() {
    return counts;
  }
}
