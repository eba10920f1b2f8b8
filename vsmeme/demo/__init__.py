"""A drawn film with known truth: what the demo shows and every stage is measured on."""
