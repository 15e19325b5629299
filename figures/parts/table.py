"""Tables of HTML that scroll by themselves."""


def table(head: str, lines: list[str]) -> str:
    """Rows of escaped HTML as a table that scrolls by itself."""
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
