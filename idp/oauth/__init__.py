"""The Authlib adaptation, and the only importer of Authlib."""
