"""Reports: what renderers may see, and the renderers."""
