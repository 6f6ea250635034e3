/**
 * The layers on disk: opened once before the mount, used through descriptors ever after. Lower
 * layers cannot be written by type, the upper one is written here only; marks (whiteouts, opaque
 * directories) are read and written here.
 */
package org.stratafs.layer;
