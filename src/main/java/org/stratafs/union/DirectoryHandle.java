package org.stratafs.union;

/**
 * An open directory with its listing, taken at the first read and at each read from the beginning,
 * so that offsets stay stable while names change. Its monitor guards the listing.
 */
final class DirectoryHandle extends HandleTable.Handle {
  final DirectoryNode node;
  private Listing listing;

  DirectoryHandle(DirectoryNode node) {
    this.node = node;
  }

  synchronized Listing listing() {
    return listing;
  }

  synchronized void setListing(Listing listing) {
    this.listing = listing;
  }

  @Override
  void close() {
    setListing(null);
  }
}
