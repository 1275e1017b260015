"""What is on offer: programmes, their frozen versions, series, search."""
