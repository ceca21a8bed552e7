"""node-setup: makes a server a member of a pair. It is sent before everything else, as an archive of its own."""
