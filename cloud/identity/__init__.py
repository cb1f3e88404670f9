"""Who is asking, and may they: credentials, signatures, policies."""
