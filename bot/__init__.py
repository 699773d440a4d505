"""From a question to an answer of quoted, cited passages, and the places where people ask."""
