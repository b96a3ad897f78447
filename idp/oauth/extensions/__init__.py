"""One file, one specification that changes what an authorization or token request means."""
