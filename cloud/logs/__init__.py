"""CloudWatch Logs: what moto keeps, read only after everything said so far is written."""
