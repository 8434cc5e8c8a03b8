"""Stories in a real browser against a real store node."""
