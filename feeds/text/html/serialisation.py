"""Writing of HTML text, attribute values and start tags, as in the HTML standard (13.3)."""

from collections.abc import Mapping


def start_tag(name: str, values: Mapping[str, str | None]) -> str:
    """Return a start tag with the attributes that have a value."""
    pairs = [f' {key}="{escape(value, is_quoted=True)}"' for key, value in values.items() if value is not None]
    return f"<{name}{''.join(pairs)}>"


def escape(value: str, is_quoted: bool = False) -> str:
    """Escape text, or an attribute value. Values have no `<` either, so that tags are easy to find."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if "\xa0" in value:
        value = value.replace("\xa0", "&nbsp;")
    return value.replace('"', "&quot;") if is_quoted else value
