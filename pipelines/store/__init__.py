"""Outcomes of tubes, kept under what they depend on, so that no tube is gated twice for the same answer."""
