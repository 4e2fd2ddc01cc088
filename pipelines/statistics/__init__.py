"""Visit tables -> summary with tests."""
