"""Single sign-on sessions: begin, resume, end."""
