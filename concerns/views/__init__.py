"""Pages: reporting, for everybody; handling, for the desks."""
