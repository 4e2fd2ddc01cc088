"""What reviewers decided about tubes and gates."""
