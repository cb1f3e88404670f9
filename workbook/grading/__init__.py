"""``workbook grade``: run a class's notebooks, each confined to itself, and say who passed what."""
