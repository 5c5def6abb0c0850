"""Media types by file name suffix, the same on every machine."""

# The standard module `mimetypes` reads the machine's tables, and documents must be the same everywhere.
_MEDIA_TYPES = {
    "image": {"avif": "avif", "gif": "gif", "ico": "x-icon", "jpeg": "jpeg", "jpg": "jpeg", "png": "png"}
    | {"svg": "svg+xml", "webp": "webp"},
    "audio": {"flac": "flac", "m4a": "mp4", "mp3": "mpeg", "oga": "ogg", "ogg": "ogg", "opus": "ogg", "wav": "wav"},
    "video": {"m4v": "mp4", "mov": "quicktime", "mp4": "mp4", "ogv": "ogg", "webm": "webm"},
    "application": {"epub": "epub+zip", "json": "json", "pdf": "pdf", "zip": "zip"},
    "text": {"css": "css", "csv": "csv", "js": "javascript", "txt": "plain"},
    "font": {"woff": "woff", "woff2": "woff2"},
}
_BY_SUFFIX = {end: f"{kind}/{name}" for kind, names in _MEDIA_TYPES.items() for end, name in names.items()}


def media_type(url: str) -> str | None:
    """Return the media type for the suffix of a path or URL, or None."""
    path = url.partition("?")[0].partition("#")[0]
    return _BY_SUFFIX.get(path.rpartition("/")[2].rpartition(".")[2].lower())
