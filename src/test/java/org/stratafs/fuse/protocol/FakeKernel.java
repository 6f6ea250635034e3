package org.stratafs.fuse.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.stratafs.fs.FileSystem;
import org.stratafs.fuse.protocol.ReplyLayout.OutHeader;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;
import org.stratafs.posix.Names;

/**
 * The kernel's side of a connection for tests: builds requests, has one {@link Dispatcher} serve
 * them and takes the replies apart. The memory it lends lies between guard bytes, which {@link
 * #checkGuards} looks after.
 */
final class FakeKernel {
  static final int CAPACITY = 256 << 10;
  private static final int GUARD = 4096;
  private static final byte GUARD_BYTE = (byte) 0xa5;

  /**
   * All the flags there are, so that the dispatcher alone decides; but directories are opened with
   * OPENDIR, so that it is tested.
   */
  static final int ALL_FLAGS = ~(int) InitFlags.NO_OPENDIR_SUPPORT;

  final Dispatcher dispatcher;
  final Exchange exchange;
  private final ByteBuffer requestArea = area();
  private final ByteBuffer replyArea = area();
  final ByteBuffer request = inner(requestArea);
  final ByteBuffer reply = inner(replyArea);
  private long unique = 2;

  /** The errno of the last reply. */
  int errno;

  FakeKernel(FileSystem fs, FuseOptions options) {
    this(new Dispatcher(fs, options, line -> {}, null, null));
  }

  /** One more worker of a dispatcher. */
  FakeKernel(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
    exchange = dispatcher.open(memory(requestArea), memory(replyArea));
  }

  /** A connection on which INIT is done. */
  static FakeKernel initialised(FileSystem fs) {
    FakeKernel kernel = new FakeKernel(fs, FuseOptions.defaults());
    kernel.init(InitNegotiation.MINOR, ALL_FLAGS);
    return kernel;
  }

  private static ByteBuffer area() {
    ByteBuffer area =
        ByteBuffer.allocateDirect(CAPACITY + 2 * GUARD).order(ByteOrder.nativeOrder());
    for (int i = 0; i < area.capacity(); i++) {
      area.put(i, GUARD_BYTE);
    }
    return area;
  }

  private static ByteBuffer inner(ByteBuffer area) {
    return area.slice(GUARD, CAPACITY).order(ByteOrder.nativeOrder());
  }

  private static Memory memory(ByteBuffer area) {
    long address = MemoryIO.getInstance().getDirectBufferAddress(area) + GUARD;
    return new Memory(inner(area), address);
  }

  long requestAddress() {
    return memory(requestArea).address();
  }

  long replyAddress() {
    return memory(replyArea).address();
  }

  /** Fails if a byte before or after the memory lent was written. */
  void checkGuards() {
    for (ByteBuffer area : List.of(requestArea, replyArea)) {
      for (int i = 0; i < GUARD; i++) {
        assertEquals(GUARD_BYTE, area.get(i), "before the memory");
        assertEquals(GUARD_BYTE, area.get(GUARD + CAPACITY + i), "after the memory");
      }
    }
  }

  ByteBuffer init(int minor, int flags) {
    return send(Opcode.INIT, 0, 7, minor, 131072, flags, 0, new byte[44]);
  }

  /**
   * Lays a request into memory: Integers as four bytes, Longs as eight, Strings with a NUL, byte
   * arrays as they are.
   *
   * @return its length
   */
  int put(Opcode opcode, long nodeid, Object... parts) {
    int at = InHeader.SIZE;
    for (Object part : parts) {
      if (part instanceof Integer value) {
        request.putInt(at, value);
        at += Integer.BYTES;
      } else if (part instanceof Long value) {
        request.putLong(at, value);
        at += Long.BYTES;
      } else {
        byte[] bytes = part instanceof String name ? Names.toBytes(name + "\0") : (byte[]) part;
        request.put(at, bytes);
        at += bytes.length;
      }
    }
    unique += 2;
    request.putInt(InHeader.LEN, at);
    request.putInt(InHeader.OPCODE, opcode.number());
    request.putLong(InHeader.UNIQUE, unique);
    request.putLong(InHeader.NODEID, nodeid);
    request.putInt(InHeader.UID, 1000);
    request.putInt(InHeader.GID, 100);
    request.putInt(InHeader.PID, 77);
    request.putInt(InHeader.TOTAL_EXTLEN, 0);
    return at;
  }

  /** Has the request in memory served; the payload of the reply, or null if there was none. */
  ByteBuffer dispatch(int length) {
    int replied = dispatcher.dispatch(exchange, length);
    if (replied == 0) {
      errno = 0;
      return null;
    }
    assertEquals(replied, reply.getInt(OutHeader.LEN));
    assertEquals(request.getLong(InHeader.UNIQUE), reply.getLong(OutHeader.UNIQUE));
    errno = -reply.getInt(OutHeader.ERROR);
    return reply.slice(OutHeader.SIZE, replied - OutHeader.SIZE).order(ByteOrder.nativeOrder());
  }

  /**
   * Has a request served that may be anything: no exception, one well-formed reply where one is due
   * and none otherwise.
   *
   * @return the opcode if it succeeded, else null
   */
  Opcode dispatchChecked(int length, String which) {
    Opcode opcode = length >= InHeader.SIZE ? Opcode.of(request.getInt(InHeader.OPCODE)) : null;
    String where = which + " " + opcode;
    long asked = request.getLong(InHeader.UNIQUE);
    boolean replyDue =
        length >= InHeader.SIZE && asked != 0 && (opcode == null || opcode.hasReply());
    int replied;
    try {
      replied = dispatcher.dispatch(exchange, length);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(where, e);
    }
    assertEquals(replyDue, replied != 0, where);
    if (replied == 0) {
      return null;
    }
    assertEquals(replied, reply.getInt(OutHeader.LEN), where);
    assertEquals(asked, reply.getLong(OutHeader.UNIQUE), where);
    int error = reply.getInt(OutHeader.ERROR);
    assertTrue(error <= 0 && error > -512, where);
    int payload = replied - OutHeader.SIZE;
    boolean sizeAlone = opcode == Opcode.GETXATTR || opcode == Opcode.LISTXATTR;
    assertTrue(
        error != 0 ? payload == 0 : sizeAlone || payload >= opcode.replySize(),
        () -> where + ": a payload of " + payload);
    return error == 0 ? opcode : null;
  }

  ByteBuffer send(Opcode opcode, long nodeid, Object... parts) {
    return dispatch(put(opcode, nodeid, parts));
  }

  static String text(ByteBuffer bytes, int offset, int length) {
    byte[] out = new byte[length];
    bytes.get(offset, out);
    return Names.fromBytes(out);
  }
}
