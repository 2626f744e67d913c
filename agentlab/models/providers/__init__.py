"""Models of providers, through pydantic-ai: imported when the first question comes, watched on the wire."""
