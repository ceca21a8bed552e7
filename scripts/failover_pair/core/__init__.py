"""What the agent decides. Pure: no clock, socket, file, process or random source is reached from here.

`decide.decide` is called with what the NIC shows, and `State.facts` are set before each of its steps. It changes the
state and yields commands (commands.py) one at a time; the answer of each is sent to it, or its error is thrown.
"""
