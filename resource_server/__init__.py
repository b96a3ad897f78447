"""For whoever protects a resource: checks access tokens of a city's provider, and that who shows one may hold it.

Framework-free, and of nothing else of this tree: a department takes this folder along. It needs `joserfc`.
"""
