"""The Hetzner Cloud API, as far as a pair needs it."""
