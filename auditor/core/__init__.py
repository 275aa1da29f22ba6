"""What every layer shares: places, values, problems, text."""
