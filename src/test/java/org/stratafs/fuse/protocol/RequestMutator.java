package org.stratafs.fuse.protocol;

import java.nio.ByteBuffer;
import java.util.Random;
import org.stratafs.fuse.protocol.RequestLayout.InHeader;

/** Changes bytes and lengths of requests, with a liking for numbers at which things go wrong. */
final class RequestMutator {
  /** Numbers at which sizes, counts and offsets go wrong. */
  private static final int[] EDGES = {
    0,
    1,
    7,
    8,
    15,
    16,
    39,
    40,
    41,
    255,
    256,
    4095,
    4096,
    65535,
    65536,
    FakeKernel.CAPACITY,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    -1,
    -8,
    -4096
  };

  private final Random random;

  RequestMutator(Random random) {
    this.random = random;
  }

  /** Changes a request of so many bytes up to three times; its new length. */
  int mutate(ByteBuffer request, int original) {
    int length = original;
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      switch (random.nextInt(5)) {
        case 0 -> request.put(random.nextInt(length), (byte) random.nextInt());
        case 1 -> length = 1 + random.nextInt(length);
        case 2 -> length = Math.min(length + random.nextInt(5000), FakeKernel.CAPACITY);
        case 3 -> request.putInt(random.nextInt(Math.max(1, length - 3)), edge());
        default -> request.putShort(InHeader.TOTAL_EXTLEN, (short) random.nextInt(20));
      }
    }
    if (random.nextInt(8) != 0) {
      request.putInt(InHeader.LEN, length);
    }
    return length;
  }

  int edge() {
    return EDGES[random.nextInt(EDGES.length)];
  }
}
