"""The edge: queue, rules, journal and figures of one site, and the rims that join it to the world."""
