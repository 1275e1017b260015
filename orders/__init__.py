"""The process that ties it together: from an office's order to its settlement."""
