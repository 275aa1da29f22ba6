"""Facts: what one file says, as plain data; a pure function of its bytes."""
