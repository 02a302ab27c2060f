"""A symbol of text, for a person."""


def show(text: str) -> str:
    """A symbol, or a few, as a person can read them: bare where that is plain, else quoted and escaped."""
    plain = text.isprintable() and text == text.strip() and text[:1] not in ("", "'", '"')
    return text if plain else repr(text)
