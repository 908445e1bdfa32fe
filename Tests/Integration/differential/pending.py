"""Differences in which Apus is wrong and that are to go: a rule is deleted with the fix. Not deviations."""

PARTS = {}
WHOLES = {}
