"""Tables -> files, each whole or not at all."""
