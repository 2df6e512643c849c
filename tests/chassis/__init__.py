"""What the ground promises to those who build on it."""
