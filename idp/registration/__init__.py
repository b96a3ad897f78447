"""Which apps are registered: the verbs that the command line calls, and the officers' console later."""
