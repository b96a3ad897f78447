"""The person's own pages (/me …)."""
