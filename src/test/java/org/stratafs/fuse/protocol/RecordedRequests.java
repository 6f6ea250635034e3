package org.stratafs.fuse.protocol;

import com.google.common.io.BaseEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;
import org.stratafs.testkit.UnionFixture;

/**
 * The requests a kernel sent while programs worked on a mount, in their order: a line each, the
 * opcode and the bytes in hexadecimal. Sent again over the same layers they mean the same, since
 * nodeids and handles are given out in order.
 */
public final class RecordedRequests {
  private static final String RESOURCE = "/requests.txt";

  private final List<byte[]> requests = new ArrayList<>();

  /** The layers on which they were recorded. */
  public static UnionFixture union() {
    return UnionFixture.of(
            """
            dir d mode=2755
            file d/f "lower f" user.t=v
            file d/g "g"
            dir d/sub
            file big "" size=20000
            file gone "gone"
            link l d/f
            """,
            """
            dir d
            file d/h "h"
            file hard1 "hard"
            hard hard2 hard1
            """)
        .upper("file u \"upper\"\ndir ud\nfile ud/x \"x\"");
  }

  /** Those that are stored. */
  public static RecordedRequests stored() {
    RecordedRequests stored = new RecordedRequests();
    try (InputStream in = RecordedRequests.class.getResourceAsStream(RESOURCE)) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      for (String line : text.lines().toList()) {
        stored.requests.add(hex().decode(line.substring(line.indexOf(' ') + 1)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return stored;
  }

  private static BaseEncoding hex() {
    return BaseEncoding.base16().lowerCase();
  }

  /** Adds one. INIT and DESTROY, with which a connection begins and ends, are left out. */
  public synchronized void add(byte[] request) {
    Opcode opcode = opcode(request);
    if (opcode != Opcode.INIT && opcode != Opcode.DESTROY) {
      requests.add(request);
    }
  }

  private static Opcode opcode(byte[] request) {
    ByteBuffer fields = ByteBuffer.wrap(request).order(ByteOrder.nativeOrder());
    return Opcode.of(fields.getInt(InHeader.OPCODE));
  }

  /** All of them. */
  synchronized List<byte[]> all() {
    return List.copyOf(requests);
  }

  /** The kinds there are. */
  public synchronized Set<Opcode> opcodes() {
    Set<Opcode> opcodes = EnumSet.noneOf(Opcode.class);
    requests.forEach(request -> opcodes.add(opcode(request)));
    return opcodes;
  }

  /** Stores them in place of those there are. */
  public synchronized void store() throws IOException {
    StringBuilder text = new StringBuilder();
    for (byte[] request : requests) {
      text.append(opcode(request)).append(' ').append(hex().encode(request)).append('\n');
    }
    Files.writeString(Path.of("src/test/resources" + RESOURCE), text);
  }
}
