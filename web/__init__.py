"""The web: the panel's pages, live from the journal; it asks the core and decides nothing."""
