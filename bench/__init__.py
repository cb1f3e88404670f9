"""What we claim about speed and size, measured: `make bench`."""
