"""From web locations to bytes. Every rule about what may be read from the network stands in this room."""
