"""Media types: by file name suffix, the same on every machine, and as authors write them."""

import re
from functools import cache

# The types of media and documents that entries link to. They take precedence over the module `mimetypes`, whose
# types differ between versions of Python, and which has few of the types that podcasts use.
_MEDIA_TYPES = {
    "image": {"avif": "avif", "gif": "gif", "heic": "heic", "ico": "x-icon", "jpeg": "jpeg", "jpg": "jpeg"}
    | {"jxl": "jxl", "png": "png", "svg": "svg+xml", "webp": "webp"},
    "audio": {"aac": "aac", "adts": "aac", "aif": "aiff", "aiff": "aiff", "flac": "flac", "m4a": "mp4", "m4b": "mp4"}
    | {"m4r": "mp4", "mid": "midi", "midi": "midi", "mka": "matroska", "mp2": "mpeg", "mp3": "mpeg", "mpga": "mpeg"}
    | {"oga": "ogg", "ogg": "ogg", "opus": "ogg", "spx": "ogg", "wav": "wav", "weba": "webm", "wma": "x-ms-wma"},
    "video": {"3g2": "3gpp2", "3gp": "3gpp", "avi": "x-msvideo", "flv": "x-flv", "m4v": "mp4", "mkv": "matroska"}
    | {"mov": "quicktime", "mp4": "mp4", "mpeg": "mpeg", "mpg": "mpeg", "ogv": "ogg", "webm": "webm"}
    | {"wmv": "x-ms-wmv"},
    "application": {"azw3": "vnd.amazon.ebook", "cbz": "vnd.comicbook+zip", "epub": "epub+zip", "json": "json"}
    | {"mobi": "x-mobipocket-ebook", "pdf": "pdf", "srt": "x-subrip", "zip": "zip"},
    "text": {"css": "css", "csv": "csv", "js": "javascript", "txt": "plain", "vtt": "vtt"},
    "font": {"woff": "woff", "woff2": "woff2"},
}
_BY_SUFFIX = {end: f"{kind}/{name}" for kind, names in _MEDIA_TYPES.items() for end, name in names.items()}
_DOCUMENTS = frozenset(_BY_SUFFIX[end] for end in ("azw3", "cbz", "epub", "mobi", "pdf", "zip"))
# RFC 6838, section 4.2, with the registered top-level types; parameters follow.
_WRITTEN = re.compile(
    r"((?:application|audio|font|image|message|model|multipart|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,126})"
    r"[ \t]*(?:;.*)?"
)


def media_type(url: str) -> str | None:
    """Return the media type for the suffix of a path or URL, or None; the same in every version of Python."""
    return _BY_SUFFIX.get(_suffix(url))


def any_media_type(url: str) -> str | None:
    """Return the media type for the suffix of a path or URL, also of rare files; None if there is none."""
    end = _suffix(url)
    return _BY_SUFFIX.get(end) or _other_types().get(f".{end}")


def is_download(kind: str) -> bool:
    """Return whether a URL with the suffix of this media type is a file to download: sound, film, book or archive.

    Scripts, data and pictures are not: on many sites a page about such a file has a URL with its suffix.
    """
    return kind.startswith(("audio/", "video/")) or kind in _DOCUMENTS


def written_type(value: str) -> str | None:
    """Return the media type that a text names, without parameters; None if the text is none."""
    match = _WRITTEN.fullmatch(value.strip().lower())
    return match[1] if match else None


def _suffix(url: str) -> str:
    path = url.partition("?")[0].partition("#")[0]
    return path.rpartition("/")[2].rpartition(".")[2].lower()


@cache
def _other_types() -> dict[str, str]:
    import mimetypes  # imported here because few entries have such a file

    # The tables of the module itself, without those of the machine.
    rare, registered = mimetypes.MimeTypes(filenames=()).types_map
    return rare | registered
