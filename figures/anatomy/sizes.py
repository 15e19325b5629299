"""Numbers of parameters, of bytes and of operations, short enough to be read."""

THOUSANDS = (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3))


def short(number: int) -> str:
    """109.5 M, 1.77 K, 174.6 billion as 174.6 G; what is below a thousand as it is."""
    for name, size in THOUSANDS:
        if number >= size:
            return f"{number / size:.{1 if number >= 10 * size else 2}f} {name}"
    return f"{number:,}"


def in_bytes(number: int) -> str:
    """The same of bytes: 90.9 MB."""
    return f"{short(number)}B" if number >= 1000 else f"{number:,} B"


def operations(number: int) -> str:
    """The same of multiplications and additions: 42.6 MFLOPs."""
    return f"{short(number)}FLOPs" if number >= 1000 else f"{number:,} FLOPs"
