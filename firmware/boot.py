"""Runs first after every reset: bounds the heap's growth. Starting the role is main.py's work."""

import gc

gc.threshold(8192)  # collect after so much has been allocated, so that the heap never fills with litter and breaks into pieces
