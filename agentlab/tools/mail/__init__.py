"""Mail: written and checked here, then put into the outbox or handed to a mail server."""
