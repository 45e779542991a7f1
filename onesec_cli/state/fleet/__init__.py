"""Several agents and the tools they were offered: who is who, which failure caused which."""
