package org.stratafs.config;

/** What carries requests between the kernel and the union. */
public enum Transport {
  /** This program speaks the FUSE protocol itself. */
  KERNEL,
  /** libfuse 2 does. */
  LIBFUSE
}
