"""Tags about orders on the pages of lower rooms."""
