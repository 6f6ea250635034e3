/**
 * One daemon, wired together: layers, union, transport, signals and the order in which all of it
 * ends. It alone knows the transports.
 */
package org.stratafs.mount;
