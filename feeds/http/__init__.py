"""HTTP parts that builds and servers share: content codings, headers, client addresses."""
