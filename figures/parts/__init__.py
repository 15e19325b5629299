"""What figures are made of: grid, table, bars, legend, colours."""
