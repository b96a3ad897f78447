"""The electronic licence library (电子证照库) of a made-up city: another department's app, signing people in by hand.

It is a program of its own on WSGI of the standard library, httpx and joserfc, without a framework or an OAuth library,
and knows nothing of the identity provider but its address:

    cd examples/apps && python -m licence_library --issuer http://localhost:8000 --client-id … --client-secret-file …
"""
