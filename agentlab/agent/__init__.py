"""The loop and its judgement, pure: ports in, events out, no third-party package."""
