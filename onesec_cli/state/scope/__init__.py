"""OAuth scopes: what they allow, who holds them, and whether more of them is an escalation."""
