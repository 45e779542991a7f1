"""What onesec knows that is no code: chains of incidents, scopes of providers, words. YAML files, shipped and given."""
