"""Two real agents in virtual time, against models of keepalived, of the network and of the cloud's API."""
