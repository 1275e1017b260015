"""Pages: the menu and a programme for everybody, the provider's editor, the League's review."""
