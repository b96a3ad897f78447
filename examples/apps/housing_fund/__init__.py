"""The housing fund (住房公积金) of a made-up city: a department's app that signs people in through Yizheng.

It is a program of its own, on Flask and on Authlib's client, and knows nothing of the identity provider but its address:

    cd examples/apps && python -m housing_fund --issuer http://localhost:8000 --client-id … --client-secret-file …
"""
