"""Knowledge: what the names of libraries mean, as data with a source."""
