"""Each role's start page and reports: what is read across apps. Its only own rows are the reports' kept figures."""
