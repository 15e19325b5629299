"""The colours and number formats of every figure."""

from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

from plotly.colors import sample_colorscale

# The colours of the whole product: one meaning, one scale. All are ColorBrewer's (Harrower and
# Brewer 2003), even in lightness and safe for colour-blind eyes; on a dark page the
# style sheet turns their lightness round.
MAGNITUDE = "Blues"  # how much: a probability, a weight, a share; dark is much
SURPRISE = "Oranges"  # how little it was expected; dark is a surprise
ALIKE = "Greens"  # a cosine, from what two random texts have up to 1
SIGNED = "for and against"  # orange below zero, against; blue above, for
SCALES = {
    SIGNED: [  # the oranges of PuOr, the blues of RdBu
        *("rgb(127,59,8)", "rgb(179,88,6)", "rgb(224,130,20)", "rgb(253,184,99)"),
        *("rgb(254,224,182)", "rgb(247,247,247)", "rgb(209,229,240)", "rgb(146,197,222)"),
        *("rgb(67,147,195)", "rgb(33,102,172)", "rgb(5,48,97)"),
    ]
}
# Okabe and Ito's eight colours without black: categories that colour-blind eyes tell apart.
CATEGORIES = ("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
STEPS = 256


@cache
def ramp(scale: str) -> tuple[str, ...]:
    """A colour scale in 256 steps, as hex, lowest first."""
    colours = sample_colorscale(
        SCALES.get(scale, scale), [step / (STEPS - 1) for step in range(STEPS)]
    )
    return tuple(_hex(colour) for colour in colours)


def _hex(rgb: str) -> str:
    red, green, blue = (round(float(part)) for part in rgb.strip("rgb()").split(","))
    return f"#{red:02x}{green:02x}{blue:02x}"


def ink(paper: str) -> str:
    """Black or white: the one with more contrast on a colour (WCAG 2.2, relative luminance)."""
    parts = [int(paper[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if light > 0.179 else "#ffffff"


def three_digits(value: float) -> str:
    """Three significant digits, plainly: 0.677, 0.190, 21.7, 0.0000126 as 1.26e-5."""
    return significant(value, 3)


def minus(value: float) -> str:
    """Three significant digits; below zero with a real minus sign: −0.0321."""
    return f"{'−' if value < 0 else ''}{three_digits(abs(value))}"


def signed(value: float) -> str:
    """Three significant digits with the sign in front: +2.76, −0.0321, 0."""
    return f"{'+' if value > 0 else ''}{minus(value)}"


def percent(share: float) -> str:
    """A probability as people read it: 98.6%, 0.0412%, and never 100% for what is below 1."""
    if 0 < share < 1e-6:
        return "below 0.0001%"
    if 0.9995 <= share < 1:
        return "above 99.9%"
    return f"{three_digits(share * 100)}%" if 0 < share < 1 else f"{share * 100:g}%"


def significant(value: float, digits: int) -> str:
    """A number to so many significant digits, its last zeros kept.

    Ties are rounded away from zero, as the browser does (`digits` in `assets/page/grid.js`).
    """
    if value == 0:
        return "0"
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal_from_float(value)
    if 1e-4 <= abs(value) < 1e6:
        last = Decimal(1).scaleb(rounded.adjusted() - digits + 1)
        return f"{rounded.quantize(last):,f}"
    return f"{rounded:.{digits - 1}e}".replace("e+", "e")
