"""The service `bridge`: it carries packets to the MASTER while the cloud still sends them to the other node."""
