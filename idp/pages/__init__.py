"""The human surface, in Flask: the steps of a sign-in, the account, errors and help."""
