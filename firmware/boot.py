"""Runs first after every reset: bounds the heap's growth. Starting the role is main.py's work."""

import gc

gc.threshold(4096)  # collect after so much has been allocated: the heap never fills with litter, nor breaks into small pieces
