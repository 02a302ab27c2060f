"""How light a colour is, and how far two stand apart: WCAG 2.2, relative luminance and contrast ratio."""


def luminance(colour: str) -> float:
    """From 0, black, to 1, white, for a colour written #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21; 3 is the least for lines and large letters, 4.5 for letters."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
