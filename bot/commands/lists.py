"""Many names at once against the sanctions lists: screen."""
