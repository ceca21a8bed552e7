"""What runs on the nodes of a pair. Python 3.10 or newer, standard library only."""
