package org.stratafs.config;

/** How st_ino is made when the layers are on several devices (kernel overlayfs, option xino). */
public enum Xino {
  OFF,
  AUTO,
  ON
}
