"""What runs on the nodes of a pair. Python 3.10 or newer, standard library only.

Modules write `TYPE_CHECKING = False` where others import it: mypy takes the name for true either way, and importing
`typing` would cost each start of a small program 5 ms.
"""
