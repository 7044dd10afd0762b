"""Runs first after every reset: bounds the heap's growth. Starting the role is main.py's work."""

import gc

# Collect after so many bytes have been allocated: the heap never fills with litter, nor breaks into small pieces.
gc.threshold(4096)
