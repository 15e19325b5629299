"""Where a patch is, in words."""

from PIL import Image

from figures.parts.grid import sentence_of


def place_words(patch: int, grid: tuple[int, int]) -> str:
    """Where a patch is: "row 7, column 6 (centre)"; both count from 0."""
    row, column = divmod(patch, grid[1])
    down = ("upper", "", "lower")[min(3 * row // grid[0], 2)]
    across = ("left", "centre", "right")[min(3 * column // grid[1], 2)]
    return f"row {row}, column {column} ({f'{down} {across}'.strip()})"


def squeezed(image: Image.Image) -> str:
    """What the square does to a picture that is not one; empty where it is."""
    width, height = image.size
    if abs(width - height) <= 0.01 * max(width, height):
        return ""
    return (
        f" The picture has {width:,} x {height:,} pixels; the model sees it squeezed to a "
        "square, so that each square patch of the model is a rectangle here."
    )


def readout(say: str, patch: int, columns: int, value: float, beside: float = 0.0) -> str:
    """What is told of one patch; assets/page/grid.js makes the same sentence for the others."""
    row, column = divmod(patch, columns)
    return sentence_of(say, str(row), str(column), value, beside)
