"""The numbers of a headline: short enough to be read from the last row of a hall."""


def share(part: float) -> str:
    """A probability in per cent, with one decimal; never certainty for what is not certain.

    83.6%; "≈ 0%" below 0.05%, and "> 99.9%" (as HTML) from 99.95% on.
    """
    if 0 < part < 0.0005:
        return "≈ 0%"
    if 0.9995 <= part < 1:
        return "&gt; 99.9%"
    return f"{100 * part:.1f}%" if 0 < part < 1 else f"{100 * part:g}%"


def decimals(value: float) -> str:
    """Any other number, with two decimals and a real minus sign."""
    written = f"{value:.2f}"
    return "0.00" if written == "-0.00" else written.replace("-", "−")


def short(text: str, most: int = 60) -> str:
    """A text on one line and of at most so many characters; not escaped."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
