"""The protocol surface, free of any web framework; a module is named after its RFC 8414 metadata field."""
