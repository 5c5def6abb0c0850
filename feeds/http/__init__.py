"""HTTP facts that builds and servers share: content encodings, headers, client addresses."""
