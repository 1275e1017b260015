"""Each role's start page, and what is read across apps. No models, no writes."""
